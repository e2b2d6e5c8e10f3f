import { isIP } from 'node:net';

/*
 * A browser sends a SameSite cookie only to requests from pages of the same site: the same scheme and
 * the same registrable domain, whatever the port (RFC 6265bis §5.2, HTML §"same site").
 */

/** Countries below whose second level names are registered: `example.co.uk` is one domain. */
const SHARED_SECOND_LEVEL = /^(?:ac|co|com|edu|gov|net|or|org)\.[a-z]{2}$/;

/** Hosts whose customers are strangers to each other; each is on the Public Suffix List. */
const SHARED_HOSTS = new Set([
  'azurewebsites.net',
  'cloudfront.net',
  'fly.dev',
  'github.io',
  'gitlab.io',
  'herokuapp.com',
  'netlify.app',
  'onrender.com',
  'pages.dev',
  'vercel.app',
  'web.app',
  'workers.dev',
]);

/**
 * The site of a URL, for comparison. The Public Suffix List is approximated by its best-known entries:
 * two names are called one site only a little too often, and different sites never wrongly.
 */
export function siteOf(url: URL): string {
  return `${url.protocol}//${registrableDomain(url.hostname)}`;
}

/** Browsers trust the machine itself without TLS, and keep Secure cookies for it. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}

function registrableDomain(hostname: string): string {
  if (isIP(hostname) !== 0 || hostname.startsWith('[')) return hostname;
  const labels = hostname.replace(/\.$/, '').split('.');
  const lastTwo = labels.slice(-2).join('.');
  const isSuffix = SHARED_HOSTS.has(lastTwo) || SHARED_SECOND_LEVEL.test(lastTwo);
  // `localhost` is a suffix like any other: `a.localhost` and `b.localhost` are two sites.
  return labels.slice(isSuffix ? -3 : -2).join('.');
}
