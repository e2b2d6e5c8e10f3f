import type { FormField } from '@portcullis/nest';
import type { InvoiceDto } from '../invoices/invoice.dto';
import { html, NOTHING, type Html } from './html';
import { hidden } from './page';

/** Who looks at the list, and what they may do. */
export interface Viewer {
  readonly accountId: string;
  readonly mayApprove: boolean;
}

/** The invoices of the tenant, with a button on what the viewer may approve. */
export function invoicesPage(
  invoices: readonly InvoiceDto[],
  viewer: Viewer,
  field: FormField,
): Html {
  if (invoices.length === 0) return html`<p class="soft">There are no invoices yet.</p>`;
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">Number</th>
          <th scope="col">Customer</th>
          <th scope="col" class="amount">Amount</th>
          <th scope="col">Status</th>
          <th scope="col">Action</th>
        </tr>
      </thead>
      <tbody>
        ${invoices.map((invoice) => row(invoice, viewer, field))}
      </tbody>
    </table>
  </div>`;
}

function row(invoice: InvoiceDto, viewer: Viewer, field: FormField): Html {
  const { number, customer, amountCents, currency, status } = invoice;
  return html`<tr>
    <th scope="row">${number}</th>
    <td>${customer}</td>
    <td class="amount">${(amountCents / 100).toFixed(2)} ${currency}</td>
    <td>${status}</td>
    <td>${canApprove(invoice, viewer) ? approveForm(invoice, field) : NOTHING}</td>
  </tr>`;
}

/** What the guards will say; the button is a courtesy. */
function canApprove({ status, createdBy }: InvoiceDto, viewer: Viewer): boolean {
  return viewer.mayApprove && status === 'draft' && createdBy !== viewer.accountId;
}

function approveForm({ id, number }: InvoiceDto, field: FormField): Html {
  return html`<form method="post" action="/invoices/${id}/approve-form">
    ${hidden(field)}
    <button aria-label="Approve ${number}">Approve</button>
  </form>`;
}
