import { Can, useUser } from '@portcullis/client/react';
import { useState } from 'react';
import { day, money } from '../../../shared/format';
import { InvoiceTable as Table, StatusBadge, type Invoice } from '../../../shared/invoice-parts';
import { Blank } from '../../../shared/notice';
import { api } from '../api';
import { ApproveButton } from '../approve-button';
import { Action } from '../controls';
import { Failure } from '../failure';
import { Link, useArrival, useLocation } from '../router';
import { useResource } from '../use-resource';

const FILTERS = [
  ['All', undefined],
  ['Drafts', 'draft'],
  ['Approved', 'approved'],
] as const;

/** The invoices of the tenant, the newest first. */
export function InvoicesPage() {
  const heading = useArrival('Invoices');
  const { search } = useLocation();
  const status = FILTERS.find(([, value]) => value === search.get('status'))?.[1];
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            Invoices
          </h1>
          <p className="muted">Written by one person, approved by another.</p>
        </div>
        <div className="row">
          <nav className="segments" aria-label="Filter by status">
            {FILTERS.map(([words, value]) => (
              <Link
                key={words}
                className="segment"
                href={value === undefined ? '/invoices' : `/invoices?status=${value}`}
                aria-current={value === status ? 'true' : undefined}
              >
                {words}
              </Link>
            ))}
          </nav>
          <Can permission="invoices:create">
            <Link className="button button-primary push" href="/invoices/new">
              New invoice
            </Link>
          </Can>
        </div>
      </header>
      <InvoiceList key={status ?? 'all'} status={status} />
    </div>
  );
}

function InvoiceList({ status }: { readonly status: Invoice['status'] | undefined }) {
  const [pages, setPages] = useState(1);
  const key = `invoices ${status ?? 'all'} ${pages}`;
  const { data, error, reload } = useResource(key, (signal) => loadPages(status, pages, signal));
  const [shown, setShown] = useState(data);
  // While more is loaded, what is there stays.
  if (data !== undefined && data !== shown) setShown(data);
  const list = data ?? (error?.retryable === false ? undefined : shown);

  if (list === undefined) {
    return (
      <div className="card table-card">
        {error === undefined ? <TableSkeleton /> : <Failure error={error} onRetry={reload} />}
      </div>
    );
  }
  if (list.items.length === 0) {
    return (
      <div className="card">
        <Blank
          icon="invoice"
          title={status === 'draft' ? 'Nothing waits for approval' : 'No invoices'}
        >
          {status === 'draft'
            ? 'As soon as somebody writes an invoice, it stands here.'
            : 'The first one that somebody writes stands here.'}
        </Blank>
      </div>
    );
  }
  return (
    <div className="card table-card">
      {error !== undefined && <Failure error={error} onRetry={reload} isInline />}
      <InvoiceTable invoices={list.items} onChange={reload} />
      <footer className="table-foot">
        <span role="status">
          {list.items.length} {list.items.length === 1 ? 'invoice' : 'invoices'}
          {list.hasMore && ' of more'}
        </span>
        {list.hasMore && (
          <Action
            className="button-small"
            pending={data === undefined}
            onClick={() => setPages(pages + 1)}
          >
            Show more
          </Action>
        )}
      </footer>
    </div>
  );
}

interface InvoiceTableProps {
  readonly invoices: readonly Invoice[];
  onChange(this: void): void;
}

function InvoiceTable({ invoices, onChange }: InvoiceTableProps) {
  const user = useUser();
  return (
    <Table>
      {invoices.map((invoice) => (
        <tr key={invoice.id}>
          <td>
            <Link className="cell-link" id={linkId(invoice)} href={`/invoices/${invoice.id}`}>
              {invoice.number}
            </Link>
          </td>
          <td>{invoice.customer}</td>
          <td>
            <StatusBadge status={invoice.status} />
          </td>
          <td className="muted wide-only">
            {day(invoice.createdAt)}
            {invoice.createdBy === user?.id && ' by you'}
          </td>
          <td className="end number">{money(invoice.amountCents, invoice.currency)}</td>
          <td className="end">
            <ApproveButton
              invoice={invoice}
              onApproved={() => {
                document.getElementById(linkId(invoice))?.focus();
                onChange();
              }}
              isSmall
            />
          </td>
        </tr>
      ))}
    </Table>
  );
}

const linkId = ({ id }: Invoice) => `invoice-${id}`;

function TableSkeleton() {
  return (
    <div className="card-body stack" aria-busy="true">
      <p className="visually-hidden" role="status">
        Loading
      </p>
      {Array.from({ length: 8 }, (_, index) => (
        <div key={index} className="stack-tight">
          <span className="skeleton skeleton-line" />
          <span className="skeleton skeleton-short" />
        </div>
      ))}
    </div>
  );
}

async function loadPages(
  status: Invoice['status'] | undefined,
  count: number,
  signal: AbortSignal,
): Promise<{ readonly items: readonly Invoice[]; readonly hasMore: boolean }> {
  const items: Invoice[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < count; page += 1) {
    const answer = await api.invoices({ status, cursor }, signal);
    items.push(...answer.items);
    cursor = answer.nextCursor ?? undefined;
    if (cursor === undefined) break;
  }
  return { items, hasMore: cursor !== undefined };
}
