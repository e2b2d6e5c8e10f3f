import type { SessionListItem } from '@portcullis/client';
import type { Invoice } from '../../shared/invoice-parts';

/** What every page with a form of the API carries: it proves that the form is one of ours. */
interface WithForms {
  readonly formToken: string;
}

/** What every page for somebody signed in carries. */
interface WithShell extends WithForms {
  /** This page, for the way back from a form. */
  readonly path: string;
  /** Why the form that led back here was refused. Anybody may have written it. */
  readonly refusal: string | undefined;
}

/** The form to sign in with. */
export interface LoginPage extends WithForms {
  readonly kind: 'login';
  readonly returnTo: string | undefined;
  /** Why the last attempt was refused, or the session before ended. Anybody may have written it. */
  readonly error: string | undefined;
}

/** A part of the list of invoices. */
export interface InvoicesPage extends WithShell {
  readonly kind: 'invoices';
  readonly status: Invoice['status'] | undefined;
  readonly invoices: readonly Invoice[];
  readonly nextCursor: string | null;
}

/** One invoice. */
export interface InvoicePage extends WithShell {
  readonly kind: 'invoice';
  readonly invoice: Invoice;
}

/** Where the account is signed in. */
export interface SessionsPage extends WithShell {
  readonly kind: 'sessions';
  readonly sessions: readonly SessionListItem[];
}

/** Who one is, or why there is nothing to see. All of it is in the session. */
export interface PlainPage extends WithShell {
  readonly kind: 'account' | 'forbidden' | 'notFound';
}

/** A page for somebody who is signed in. */
export type SignedInPage = InvoicesPage | InvoicePage | SessionsPage | PlainPage;

/** What a page is made of, on the server and again in the browser. It holds no credential. */
export type Page = LoginPage | SignedInPage;

/** What the tab of the browser says. */
export function titleOf(page: Page): string {
  const title = nameOf(page);
  return page.kind === 'login' || page.refusal === undefined ? title : `Not done: ${title}`;
}

function nameOf(page: Page): string {
  switch (page.kind) {
    case 'login':
      return page.error === undefined ? 'Sign in' : 'Not signed in';
    case 'invoices':
      return 'Invoices';
    case 'invoice':
      return page.invoice.number;
    case 'sessions':
      return 'Sessions';
    case 'account':
      return 'Account';
    case 'forbidden':
      return 'No access';
    case 'notFound':
      return 'Not found';
  }
}
