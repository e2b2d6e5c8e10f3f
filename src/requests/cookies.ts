import type { ReadableHttpResponse } from './http-request';

/** What a `Cookie` header says about one name. `ambiguous`: it came more than once, so none is believed. */
export type CookieReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'ambiguous' };

/** The attributes we choose; `Path=/` is always set and `Domain` never (CK-1). */
export interface CookieAttributes {
  /** Seconds the browser keeps it, or `clear` to make the browser drop it. */
  readonly maxAgeSeconds: number | 'clear';
  readonly httpOnly: boolean;
  readonly secure: boolean;
  readonly sameSite: 'Strict' | 'Lax';
}

/** RFC 6265bis §5.6: a browser drops a cookie whose name and value are longer together (CK-4). */
const MAX_COOKIE_BYTES = 4096;
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
const ABSENT: CookieReading = { kind: 'absent' };
const AMBIGUOUS: CookieReading = { kind: 'ambiguous' };

/**
 * Reads one cookie from a `Cookie` header. It never throws and never guesses (CK-5).
 *
 * A pair counts when its name is exactly `name`, byte for byte. In front of a pair only SP and HTAB
 * are skipped, and nothing is trimmed behind the name: a laxer reader would let `U+2000__Host-x` or
 * `__Host-x =` through, which browsers accept without the guarantees of the prefix. `$Version` and
 * its comma lists are an ordinary cookie with an ordinary value. Quotes and percent signs stay as
 * they are. A second pair of the same name makes the answer `ambiguous`, in whichever order.
 */
export function readCookie(header: string | undefined, name: string): CookieReading {
  if (header === undefined) return ABSENT;
  let found: string | undefined;
  for (let start = 0; start < header.length;) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    const value = valueIfNamed(header, { start, end }, name);
    if (value !== undefined && found !== undefined) return AMBIGUOUS;
    found ??= value;
    start = end + 1;
  }
  return found === undefined ? ABSENT : { kind: 'value', value: found };
}

function valueIfNamed(
  header: string,
  pair: { readonly start: number; readonly end: number },
  name: string,
): string | undefined {
  let start = pair.start;
  while (start < pair.end && (header[start] === ' ' || header[start] === '\t')) start++;
  const equals = start + name.length;
  if (equals >= pair.end || header[equals] !== '=' || !header.startsWith(name, start)) {
    return undefined;
  }
  return header.slice(equals + 1, pair.end);
}

/**
 * Writes one `Set-Cookie` value (RFC 6265 §4.1.1).
 *
 * @throws RangeError for what a browser would not keep: a wrong name, a value with other than cookie
 * octets, more than 4096 bytes, or a `__Host-` name without `secure`. The text never holds the value.
 */
export function serializeCookie(name: string, value: string, attributes: CookieAttributes): string {
  const { maxAgeSeconds, httpOnly, secure, sameSite } = attributes;
  const clear = maxAgeSeconds === 'clear';
  const kept = clear ? '' : value;
  refuseUnkeepable(name, kept, attributes);
  return [
    `${name}=${kept}`,
    'Path=/',
    `Max-Age=${clear ? 0 : Math.max(0, Math.floor(maxAgeSeconds))}`,
    ...(clear ? ['Expires=Thu, 01 Jan 1970 00:00:00 GMT'] : []),
    ...(httpOnly ? ['HttpOnly'] : []),
    ...(secure ? ['Secure'] : []),
    `SameSite=${sameSite}`,
  ].join('; ');
}

function refuseUnkeepable(
  name: string,
  value: string,
  { maxAgeSeconds, secure }: CookieAttributes,
): void {
  if (!COOKIE_NAME.test(name)) throw new RangeError('A cookie name is not a token');
  if (!COOKIE_VALUE.test(value)) throw new RangeError(`Cookie ${name} holds a refused character`);
  if (name.length + value.length > MAX_COOKIE_BYTES) {
    throw new RangeError(`Cookie ${name} is longer than ${MAX_COOKIE_BYTES} bytes`);
  }
  if (maxAgeSeconds !== 'clear' && !Number.isFinite(maxAgeSeconds)) {
    throw new RangeError(`Cookie ${name} has no finite age`);
  }
  if (/^__(?:host|secure)-/i.test(name) && !secure) {
    throw new RangeError(`Cookie ${name} must be Secure`);
  }
}

/**
 * Adds cookies to an answer and keeps those that are already there.
 *
 * Setting the header again replaces it on Express and appends on Fastify; removed first, it means
 * the same on both.
 */
export function appendCookies(response: ReadableHttpResponse, cookies: readonly string[]): void {
  if (cookies.length === 0) return;
  const before = headerValues(response.getHeader('set-cookie'));
  response.removeHeader('set-cookie');
  response.header('set-cookie', [...before, ...cookies]);
}

/** Says that the answer depends on the cookies of the request, so that no cache mixes up people (SS-11). */
export function varyOnCookie(response: ReadableHttpResponse): void {
  const before = headerValues(response.getHeader('vary')).join(', ');
  if (/(?:^|,)\s*(?:cookie|\*)\s*(?:,|$)/i.test(before)) return;
  response.header('vary', before === '' ? 'Cookie' : `${before}, Cookie`);
}

function headerValues(value: number | string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'object' ? value : [String(value)];
}
