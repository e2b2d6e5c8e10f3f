import { Blank } from '../../../shared/notice';
import { Link, useArrival } from '../router';

/** For addresses that name nothing. */
export function NotFoundPage() {
  const heading = useArrival('Not found');
  return (
    <div className="page">
      <div className="card">
        <Blank
          heading={heading}
          icon="compass"
          title="There is nothing here"
          action={
            <Link className="button" href="/invoices">
              To the invoices
            </Link>
          }
        >
          The address may be misspelt, or what it named was removed.
        </Blank>
      </div>
    </div>
  );
}
