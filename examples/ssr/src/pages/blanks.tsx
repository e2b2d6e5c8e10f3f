import { useAuth } from '@portcullis/client/react';
import { BrandMark } from '../../../shared/icon';
import { Blank } from '../../../shared/notice';
import { Gate } from '../gate';
import { HOME, LOGIN } from '../paths';
import { wordsOfEnding } from '../words';

const TO_INVOICES = (
  <a className="button" href={HOME}>
    To the invoices
  </a>
);

/** For who is signed in and may not see a page. */
export function ForbiddenView() {
  return (
    <div className="card">
      <Blank heading={null} icon="lock" title="This page is not for your role" action={TO_INVOICES}>
        An administrator can give you the permission.
      </Blank>
    </div>
  );
}

/** For addresses that name nothing. */
export function NotFoundView() {
  return (
    <div className="card">
      <Blank heading={null} icon="compass" title="There is nothing here" action={TO_INVOICES}>
        The address may be misspelt, or what it named was removed.
      </Blank>
    </div>
  );
}

/** In place of everything, once the session ended while the page was open. */
export function EndedView() {
  const { reason } = useAuth();
  return (
    <Gate>
      <header role="alert">
        <h1>You are signed out</h1>
        <p className="muted">{wordsOfEnding(reason)}</p>
      </header>
      <a className="button button-primary button-wide" href={LOGIN}>
        Sign in again
      </a>
    </Gate>
  );
}

/** Where the API cannot say who is signed in: that is not nobody, and nobody is signed out by it. */
export function AwayView({ path }: { readonly path: string }) {
  return (
    <div className="shell-less">
      <header className="topbar-plain">
        <span className="brand">
          <BrandMark />
          Ledger
        </span>
      </header>
      <main className="content">
        <div className="card">
          <Blank
            heading={null}
            icon="cloudOff"
            tone="bad"
            title="The server is away"
            action={
              <a className="button" href={path}>
                Try again
              </a>
            }
          >
            You are still signed in, and nothing is lost. Please try again in a moment.
          </Blank>
        </div>
      </main>
    </div>
  );
}
