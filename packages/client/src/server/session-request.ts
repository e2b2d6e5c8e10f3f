/** The cookies of the `session` transport, under both presets of the server. */
const SESSION_COOKIES = ['__Host-portcullis-session', 'portcullis-session'];
/** What the API reads besides: the cookie of a browser that has a form to sign in open. */
const API_COOKIES = [...SESSION_COOKIES, '__Host-portcullis-form', 'portcullis-form'];

/** An address, as an entry of `X-Forwarded-For` may spell it: with brackets, zone and port, or without. */
const ADDRESS = /^(?=.*[.:])\[?[\da-f.:]{2,45}(?:%[\w.-]{1,32})?\]?(?::\d{1,5})?$/i;

/** A request of a browser, and what is yet to reach it. */
export interface Asking {
  readonly request: Request;
  /** `Set-Cookie` values that the API answered while it was read for this request. */
  readonly set: readonly string[];
}

/** How a request of a browser is made into one for the API. */
export interface Forwarding {
  /** Names of headers that the API gets as they came. */
  readonly headers: readonly string[];
  /** The address that the browser, or the proxy before us, called from; undefined where not known. */
  readonly clientAddress: ((request: Request) => string | undefined) | undefined;
}

/**
 * The headers of the question who is signed in; undefined when nobody can be. Only the session's own
 * cookie goes on.
 */
export function headersOfQuestion(asking: Asking, forwarding: Forwarding): Headers | undefined {
  const cookies = cookiesOf(asking, SESSION_COOKIES);
  return cookies.length === 0 ? undefined : headersWith(cookies, asking.request, forwarding);
}

/** The headers of whatever else a page asks the API for, with every cookie that is the API's to read. */
export function headersOfReading(asking: Asking, forwarding: Forwarding): Headers {
  return headersWith(cookiesOf(asking, API_COOKIES), asking.request, forwarding);
}

/**
 * The address that the proxy in front of this server wrote last into `X-Forwarded-For`, for `clientAddress`.
 * Only where every request comes through that proxy: whoever came another way could write what they like (LG-5).
 *
 * @example
 * const auth = createServerAuth({ baseUrl, clientAddress: forwardedAddressOf });
 */
export function forwardedAddressOf(request: Request): string | undefined {
  return request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim();
}

/** Whether the request carries a cookie of a session, whatever it is worth. */
export function mayHaveSession(request: Request): boolean {
  return cookiesOf({ request, set: [] }, SESSION_COOKIES).length > 0;
}

/** A cookie that came twice goes on twice, so that the API can refuse what nobody can tell apart. */
function headersWith(
  cookies: readonly string[],
  request: Request,
  { headers: names, clientAddress }: Forwarding,
): Headers {
  const headers = new Headers({ accept: 'application/json' });
  if (cookies.length > 0) headers.set('cookie', cookies.join('; '));
  for (const name of names) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  // Each proxy appends who called it. Without that the last entry would be what the browser claims.
  const address = clientAddress?.(request);
  // A list would be several proxies, and whoever wrote it could choose who called (LG-5).
  if (address !== undefined && ADDRESS.test(address)) {
    const before = request.headers.get('x-forwarded-for');
    headers.set('x-forwarded-for', before === null ? address : `${before}, ${address}`);
  }
  if (isInBackground(request)) headers.set('x-auth-activity', 'background');
  return headers;
}

/**
 * Those of the browser, as they are once it has those that were set: a secret id that was replaced is good
 * for half a minute only, and a second token would be of another form than the first.
 */
function cookiesOf({ request, set }: Asking, names: readonly string[]): string[] {
  const renewed = new Map(set.map((cookie) => [nameOf(cookie), cookie.split(';', 1)[0] ?? '']));
  return [
    ...sentBy(request).filter((cookie) => !renewed.has(nameOf(cookie))),
    ...renewed.values(),
  ].filter((cookie) => names.includes(nameOf(cookie)));
}

/**
 * Browsers guard the prefix byte by byte, and a neighbouring host may plant every other spelling. So only
 * the blanks that separate cookies are taken off: what `trim()` takes besides, U+00A0, is of a name (CK-5).
 */
function sentBy(request: Request): string[] {
  const cookies = (request.headers.get('cookie') ?? '').split(';');
  return cookies.map((cookie) => cookie.replace(/^[ \t]+|[ \t]+$/g, ''));
}

/** Empty for a text without a name. */
function nameOf(cookie: string): string {
  return cookie.slice(0, Math.max(0, cookie.indexOf('=')));
}

/** A page that the browser fetches ahead is no sign that somebody is there. */
function isInBackground({ headers }: Request): boolean {
  const purpose = headers.get('sec-purpose') ?? headers.get('purpose') ?? '';
  // Next.js says it of its links by a header of its own.
  const isAhead = purpose.includes('prefetch') || headers.has('next-router-prefetch');
  return isAhead || headers.get('x-auth-activity') === 'background';
}
