import { pagePolicy } from '../../front/page-headers';

/**
 * What a page may do: run the one script that the server named by this answer's nonce, load styles of its
 * own origin, send forms to it, and nothing else. It works without the script.
 */
export function pageHeaders(nonce: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': pagePolicy(`'nonce-${nonce}'`),
    'cache-control': 'private, no-store',
    vary: 'Cookie',
    // After `no-referrer` browsers send forms with `Origin: null`.
    'referrer-policy': 'same-origin',
  };
}
