import { useCan, useUser } from '@portcullis/client/react';
import { Fact } from '../../../shared/fact';
import { moment, money } from '../../../shared/format';
import { Icon } from '../../../shared/icon';
import { StatusBadge, type Invoice } from '../../../shared/invoice-parts';
import { Notice } from '../../../shared/notice';
import { api } from '../api';
import { ApproveButton } from '../approve-button';
import { Failure } from '../failure';
import { Link, useArrival } from '../router';
import { useResource } from '../use-resource';
import { NotFoundPage } from './not-found';

/** One invoice, and its approval for who may give it. */
export function InvoicePage({ id }: { readonly id: string }) {
  const { data, error, reload, set } = useResource(`invoice ${id}`, (signal) =>
    api.invoice(id, signal),
  );
  const heading = useArrival(data?.number ?? 'Invoice');
  if (error?.code === 'not_found' || error?.code === 'validation_failed') return <NotFoundPage />;
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <Link className="back" href="/invoices">
            <Icon name="back" />
            Invoices
          </Link>
          <h1 ref={heading} tabIndex={-1}>
            {data?.number ?? 'Invoice'}
          </h1>
        </div>
        {data !== undefined && (
          <div className="row">
            <ApproveButton
              invoice={data}
              onApproved={(approved) => {
                set(approved);
                heading.current?.focus();
              }}
            />
          </div>
        )}
      </header>
      {data === undefined ? (
        <div className="card">
          {error === undefined ? <InvoiceSkeleton /> : <Failure error={error} onRetry={reload} />}
        </div>
      ) : (
        <Details invoice={data} />
      )}
    </div>
  );
}

function Details({ invoice }: { readonly invoice: Invoice }) {
  const user = useUser();
  const mayApprove = useCan('invoices:approve');
  const by = (account: string) => (account === user?.id ? 'You' : 'A colleague');
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
            {moment(invoice.createdAt)} by {by(invoice.createdBy).toLowerCase()}
          </Fact>
          <Fact name="Approved">
            {invoice.approvedBy === null ? 'Not yet' : `By ${by(invoice.approvedBy).toLowerCase()}`}
          </Fact>
          <Fact name="Reference">
            <code>{invoice.id}</code>
          </Fact>
        </dl>
      </div>
    </>
  );
}

function InvoiceSkeleton() {
  return (
    <div className="card-body stack" aria-busy="true">
      <span className="skeleton skeleton-title" />
      <span className="skeleton skeleton-line" />
      <span className="skeleton skeleton-short" />
    </div>
  );
}
