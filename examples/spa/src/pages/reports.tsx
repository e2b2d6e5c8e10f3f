import { money } from '../../../shared/format';
import { StatusBadge } from '../../../shared/invoice-parts';
import { Blank } from '../../../shared/notice';
import { api, type InvoiceTotal } from '../api';
import { Failure } from '../failure';
import { useArrival } from '../router';
import { useResource } from '../use-resource';

/** What was invoiced, by currency. Only for who holds `reports:read`. */
export function ReportsPage() {
  const heading = useArrival('Reports');
  const { data, error, reload } = useResource('totals', (signal) => api.totals(signal));
  const currencies = [...new Set(data?.map(({ currency }) => currency))];
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            Reports
          </h1>
          <p className="muted">What is approved, and what still waits.</p>
        </div>
      </header>
      {data === undefined && (
        <div className="card">
          {error === undefined ? (
            <div className="card-body stack" aria-busy="true">
              <span className="skeleton skeleton-title" />
              <span className="skeleton skeleton-line" />
            </div>
          ) : (
            <Failure error={error} onRetry={reload} />
          )}
        </div>
      )}
      {data?.length === 0 && (
        <div className="card">
          <Blank icon="chart" title="Nothing to sum up">
            As soon as there are invoices, their sums stand here.
          </Blank>
        </div>
      )}
      {data !== undefined && (
        <div className="columns">
          {currencies.map((currency) => (
            <CurrencyCard
              key={currency}
              currency={currency}
              totals={data.filter((total) => total.currency === currency)}
            />
          ))}
        </div>
      )}
    </div>
  );
}

interface CurrencyCardProps {
  readonly currency: string;
  readonly totals: readonly InvoiceTotal[];
}

function CurrencyCard({ currency, totals }: CurrencyCardProps) {
  const sum = totals.reduce((cents, total) => cents + total.amountCents, 0);
  const approved = totals.find(({ status }) => status === 'approved')?.amountCents ?? 0;
  const share = Math.round((approved / sum) * 100);
  return (
    <section className="card" aria-label={currency}>
      <div className="card-body stack">
        <div className="stat">
          <h2 className="muted small">{currency}</h2>
          <p className="amount">{money(sum, currency)}</p>
        </div>
        <div className="gauge">
          <progress max={100} value={share} aria-label={`Approved in ${currency}`} />
          <p className="small muted">
            <span className="number">{share} %</span> approved
          </p>
        </div>
        <dl className="facts facts-sums">
          {totals.map(({ status, count, amountCents }) => (
            <div key={status}>
              <dt>
                <StatusBadge status={status} />
              </dt>
              <dd className="number">
                <p>{money(amountCents, currency)}</p>
                <p className="muted small">
                  in {count} {count === 1 ? 'invoice' : 'invoices'}
                </p>
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </section>
  );
}
