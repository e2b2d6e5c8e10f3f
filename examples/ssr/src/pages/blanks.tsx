import { useAuth } from '@portcullis/client/react';
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
    <Gate>
      <header>
        <h1>The server is away</h1>
        <p className="muted">
          Nothing is lost, and who was signed in still is. Please try again in a moment.
        </p>
      </header>
      <a className="button button-primary button-wide" href={path}>
        Try again
      </a>
    </Gate>
  );
}
