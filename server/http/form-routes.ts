import type { IncomingMessage } from 'node:http';

/**
 * OAuth demands urlencoded bodies of the first two (RFC 7662, RFC 7009), which no cookie authenticates. The
 * others are `@FormPost()`, and ask for a token bound to the session.
 */
const FORM_ROUTES = [
  '/auth/introspect',
  '/auth/revoke',
  '/auth/form/login',
  '/auth/form/logout',
  '/invoices/[^/?#]+/approve-form',
];

const FORM_ROUTE = new RegExp(`^(?:${FORM_ROUTES.join('|')})$`);

/** Whether a request goes to a route that reads a form, and judges it, by itself. */
export function readsForms({ method, url = '' }: IncomingMessage): boolean {
  return method === 'POST' && FORM_ROUTE.test(url);
}
