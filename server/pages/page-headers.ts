import type { ReadableHttpResponse } from '@portcullis/nest';

export const HTML_TYPE = 'text/html; charset=utf-8';

/** A page loads the one stylesheet, sends forms to this server, and nothing else. */
const POLICY = [
  `default-src 'none'`,
  `style-src 'self'`,
  `form-action 'self'`,
  `frame-ancestors 'none'`,
  `base-uri 'none'`,
].join('; ');

/** Takes the place of the headers of the API, under which no form could be sent. */
export function setPageHeaders(response: ReadableHttpResponse): void {
  response.header('content-type', HTML_TYPE);
  response.header('content-security-policy', POLICY);
  // After `no-referrer` browsers send forms with `Origin: null`.
  response.header('referrer-policy', 'same-origin');
}
