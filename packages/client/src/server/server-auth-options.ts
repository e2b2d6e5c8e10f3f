import { safeReturnTo } from '../return-to.js';
import { hasDotSegment } from './api-path.js';

/** How the server of the pages reaches the API. */
export interface ServerAuthOptions {
  /** Where the routes of the API begin, as this server reaches them: `http://api.internal:3000/auth`. */
  readonly baseUrl: string;
  /** Path of the page that people sign in on. @default '/login' */
  readonly loginPage?: string;
  /**
   * Names of headers that the API gets as they came; not cookies, credentials, forwarding claims, or what
   * says how a message is sent.
   * @default ['user-agent', 'accept-language']
   */
  readonly forward?: readonly string[];
  /**
   * The address that a request came from, which goes on in `X-Forwarded-For`, so that the API counts
   * people and not this server. The API then needs one `proxyHops` more. The shim for Express sets it.
   */
  readonly clientAddress?: (request: Request) => string | undefined;
  /** Milliseconds that the API may take. @default 5000 */
  readonly timeoutMs?: number;
  /** @default the global one */
  readonly fetch?: typeof fetch;
}

/** Credentials, claims about who asks and from where, proofs against forgery, and framing (RFC 9110 §7.6.1). */
const NEVER_FORWARDED = new RegExp(
  `^(?:${[
    'accept|accept-(?:charset|encoding)|content-.+|if-.+|range',
    'authorization|cookie2?|proxy-.+',
    'host|forwarded|via|x-forwarded-.+|(?:x-)?(?:real|client|true-client|cf-connecting)-ip',
    'origin|sec-(?:fetch|websocket)-.+|x-csrf|x-auth-.+|x-http-method(?:-override)?',
    'connection|expect|keep-alive|te|trailer|transfer-encoding|upgrade',
  ].join('|')})$`,
  'i',
);
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** Timers take no more. */
const MAX_MILLISECONDS = 2 ** 31 - 1;

/** What can be wrong from the start. */
type Checked = Required<Pick<ServerAuthOptions, 'baseUrl' | 'loginPage' | 'forward' | 'timeoutMs'>>;

/** @throws TypeError that names the option, for what could only fail later */
export function checkServerAuthOptions({ baseUrl, loginPage, forward, timeoutMs }: Checked): void {
  if (!/^https?:\/\//.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw new TypeError(`baseUrl: "${baseUrl}" must be absolute, with http or https`);
  }
  const { username, password } = new URL(baseUrl);
  if (username !== '' || password !== '' || /[?#]/.test(baseUrl) || hasDotSegment(baseUrl)) {
    throw new TypeError('baseUrl: must have no credentials, query, fragment or dot segment');
  }
  if (safeReturnTo(loginPage) !== loginPage || !/^\/[^?#]*$/.test(loginPage)) {
    throw new TypeError(`loginPage: "${loginPage}" must be a path of these pages, without a query`);
  }
  if (typeof forward === 'string')
    throw new TypeError('forward: must be a list of names of headers');
  for (const name of forward) {
    if (!HEADER_NAME.test(name)) throw new TypeError(`forward: "${name}" is no name of a header`);
    if (NEVER_FORWARDED.test(name)) {
      throw new TypeError(
        `forward: "${name}" is never handed on as it came: it is a credential, says who asks, or frames a message. ` +
          'For the address of the caller there is clientAddress',
      );
    }
  }
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_MILLISECONDS) {
    throw new TypeError(`timeoutMs: ${timeoutMs} must be a whole number of milliseconds`);
  }
}
