import { Blank } from '../../../shared/notice';
import { Link, useArrival } from '../router';

/** For who is signed in and may not see a page. It opens by itself when the permission comes. */
export function ForbiddenPage() {
  const heading = useArrival('No access');
  return (
    <div className="page">
      <div className="card">
        <Blank
          heading={heading}
          icon="lock"
          title="This page is not for your role"
          action={
            <Link className="button" href="/invoices">
              To the invoices
            </Link>
          }
        >
          An administrator can give you the permission. The page then opens by itself.
        </Blank>
      </div>
    </div>
  );
}
