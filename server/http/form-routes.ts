import type { IncomingMessage } from 'node:http';

/** OAuth demands urlencoded bodies of these (RFC 7662, RFC 7009); no cookie authenticates them. */
const FORM_ROUTES: ReadonlySet<string> = new Set(['/auth/introspect', '/auth/revoke']);

/** Whether a request goes to a route that reads a form, and judges it, by itself. */
export function readsForms({ method, url = '' }: IncomingMessage): boolean {
  return method === 'POST' && FORM_ROUTES.has(url);
}
