import { moment } from '../../../shared/format';
import { Icon } from '../../../shared/icon';
import { InvoiceDetails } from '../../../shared/invoice-parts';
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
        <InvoiceDetails invoice={data} written={moment(data.createdAt)} />
      )}
    </div>
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
