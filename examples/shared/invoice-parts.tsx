import { useCan, useUser } from '@portcullis/client/react';
import type { ReactNode } from 'react';
import { Fact } from './fact';
import { money } from './format';
import { Notice } from './notice';

/** An invoice, as `GET /invoices` answers it. */
export interface Invoice {
  readonly id: string;
  readonly number: string;
  readonly customer: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly status: 'draft' | 'approved';
  readonly createdBy: string;
  readonly approvedBy: string | null;
  readonly createdAt: string;
}

/** Whether somebody approved it. */
export function StatusBadge({ status }: Pick<Invoice, 'status'>) {
  return status === 'approved' ? (
    <span className="badge badge-dot badge-good">Approved</span>
  ) : (
    <span className="badge badge-dot badge-warn">Draft</span>
  );
}

/** The table of invoices, for rows of six cells. */
export function InvoiceTable({ children }: { readonly children: ReactNode }) {
  return (
    <table className="table table-stacked">
      <caption className="visually-hidden">Invoices, the newest first</caption>
      <thead>
        <tr>
          <th scope="col">Number</th>
          <th scope="col">Customer</th>
          <th scope="col">Status</th>
          <th scope="col">Written</th>
          <th scope="col" className="end">
            Amount
          </th>
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

/** What {@link InvoiceDetails} takes. */
export interface InvoiceDetailsProps {
  readonly invoice: Invoice;
  /** When it was written, as the page shows a time. */
  readonly written: ReactNode;
}

/** What an invoice says, and who may not approve it. */
export function InvoiceDetails({ invoice, written }: InvoiceDetailsProps) {
  const user = useUser();
  const mayApprove = useCan('invoices:approve');
  const by = (account: string) => (account === user?.id ? 'you' : 'a colleague');
  const isOwnDraft = invoice.status === 'draft' && invoice.createdBy === user?.id;
  return (
    <>
      {isOwnDraft && mayApprove && (
        <Notice tone="info" title="You wrote this one">
          <p>It takes a second pair of eyes: somebody else has to approve it.</p>
        </Notice>
      )}
      <div className="card">
        <div className="card-head">
          <div className="stack-tight">
            <span className="muted">{invoice.customer}</span>
            <span className="amount">{money(invoice.amountCents, invoice.currency)}</span>
          </div>
          <StatusBadge status={invoice.status} />
        </div>
        <dl className="card-body facts">
          <Fact name="Written">
            {written} by {by(invoice.createdBy)}
          </Fact>
          <Fact name="Approved">
            {invoice.approvedBy === null ? 'Not yet' : `By ${by(invoice.approvedBy)}`}
          </Fact>
          <Fact name="Reference">
            <code>{invoice.id}</code>
          </Fact>
        </dl>
      </div>
    </>
  );
}
