const MAX_LENGTH = 2048;

/**
 * White space and what has no place in an address, all of which parsers drop or turn into something else, and
 * the backslash, which they take for a slash.
 */
const UNSAFE = /[\\\s\p{C}]/u;

/**
 * Encoded slashes, backslashes and control characters: a router, proxy or server that decodes a path before it
 * redirects to it makes `//evil` of `/%2fevil`. The server's own forms refuse the same.
 */
const DISGUISED = /%(?:[01][0-9a-f]|2f|5c|7f|25)|%(?![0-9a-f]{2})/i;

/**
 * Where to go after signing in: a path of this origin, or nothing. The same function judges the value
 * when it is remembered and again when it is used, because it may have been changed in between.
 *
 * A page whose own path has an encoded slash in it is left out too: its visitors begin at the beginning.
 *
 * @returns the path with query and fragment; undefined for anything that could lead elsewhere
 *
 * @example
 * location.assign(safeReturnTo(new URLSearchParams(location.search).get('returnTo')) ?? '/');
 */
export function safeReturnTo(value: unknown, origin: string = ownOrigin()): string | undefined {
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_LENGTH)
    return undefined;
  const [path = ''] = value.split(/[?#]/, 1);
  if (UNSAFE.test(value) || DISGUISED.test(path)) return undefined;
  // https:evil and blob:https://app are of this origin by one reading and not by another.
  const isPlain = /^[/?#]/.test(value) || value.startsWith(`${origin}/`);
  if (!isPlain || !URL.canParse(value, origin)) return undefined;
  const url = new URL(value, origin);
  if (url.origin !== origin || url.username !== '' || url.password !== '') return undefined;
  // https://app.example//evil.example is of this origin, and its path alone would not be.
  if (url.pathname.startsWith('//')) return undefined;
  return url.pathname + url.search + url.hash;
}

/** A server has no location; there only paths count. */
function ownOrigin(): string {
  return typeof location === 'undefined' ? 'https://this.invalid' : location.origin;
}
