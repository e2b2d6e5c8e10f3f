/**
 * What a page may do: run the one script that the server named by this answer's nonce, load styles of its
 * own origin, send forms to it, and nothing else. It works without the script.
 */
export function pageHeaders(nonce: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': [
      `default-src 'none'`,
      `script-src 'nonce-${nonce}'`,
      `style-src 'self'`,
      `img-src 'self' data:`,
      `connect-src 'self'`,
      `form-action 'self'`,
      `base-uri 'none'`,
      `frame-ancestors 'none'`,
      `require-trusted-types-for 'script'`,
      `trusted-types 'none'`,
    ].join('; '),
    'cache-control': 'private, no-store',
    vary: 'Cookie',
    // After `no-referrer` browsers send forms with `Origin: null`.
    'referrer-policy': 'same-origin',
  };
}
