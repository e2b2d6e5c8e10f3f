import { useUser } from '@portcullis/client/react';
import { money } from '../../../shared/format';
import { InvoiceTable as Table, StatusBadge, type Invoice } from '../../../shared/invoice-parts';
import { Blank } from '../../../shared/notice';
import { Approve } from '../forms';
import { Day } from '../moment';
import type { InvoicesPage } from '../page';
import { HOME } from '../paths';

/** The invoices of the tenant, the newest first. */
export function InvoicesView({ page }: { readonly page: InvoicesPage }) {
  const { status, invoices } = page;
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Invoices</h1>
          <p className="muted">Written by one person, approved by another.</p>
        </div>
        <form className="row" method="get" action={HOME}>
          <label className="label" htmlFor="status">
            Status
          </label>
          <select
            className="input input-small"
            id="status"
            name="status"
            defaultValue={status ?? ''}
          >
            <option value="">All</option>
            <option value="draft">Drafts</option>
            <option value="approved">Approved</option>
          </select>
          <button className="button button-small">Show</button>
        </form>
      </header>
      {invoices.length === 0 ? (
        <div className="card">
          <Blank icon="invoice" title="No invoices">
            None is of this kind.
          </Blank>
        </div>
      ) : (
        <div className="card table-card">
          <InvoiceTable page={page} />
          <Foot page={page} />
        </div>
      )}
    </>
  );
}

function InvoiceTable({ page }: { readonly page: InvoicesPage }) {
  return (
    <Table>
      {page.invoices.map((invoice) => (
        <Row key={invoice.id} invoice={invoice} page={page} />
      ))}
    </Table>
  );
}

function Row({ invoice, page }: { readonly invoice: Invoice; readonly page: InvoicesPage }) {
  const user = useUser();
  return (
    <tr>
      <td>
        <a className="cell-link" href={`${HOME}/${invoice.id}`}>
          {invoice.number}
        </a>
      </td>
      <td>{invoice.customer}</td>
      <td>
        <StatusBadge status={invoice.status} />
      </td>
      <td className="muted wide-only">
        <Day at={invoice.createdAt} />
        {invoice.createdBy === user?.id && ' by you'}
      </td>
      <td className="end number">{money(invoice.amountCents, invoice.currency)}</td>
      <td className="end">
        <Approve invoice={invoice} formToken={page.formToken} returnTo={page.path} isSmall />
      </td>
    </tr>
  );
}

function Foot({ page: { invoices, nextCursor, status } }: { readonly page: InvoicesPage }) {
  const query = new URLSearchParams({
    ...(status !== undefined && { status }),
    ...(nextCursor !== null && { cursor: nextCursor }),
  });
  return (
    <footer className="table-foot">
      <span>
        {invoices.length} {invoices.length === 1 ? 'invoice' : 'invoices'}
        {nextCursor !== null && ' of more'}
      </span>
      {nextCursor !== null && (
        <a className="button button-small" href={`${HOME}?${query.toString()}`}>
          Older ones
        </a>
      )}
    </footer>
  );
}
