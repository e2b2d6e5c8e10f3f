const MAX_LENGTH = 2048;

/** Spellings that some parser, proxy or router along the way would decode into a separator. */
const ENCODED_TRICK = /%(?:5c|2f%2f|0[0-9a-f]|1[0-9a-f]|7f)/i;

/**
 * Where to go after signing in: a path of this origin, or nothing. The same function judges the value
 * when it is remembered and again when it is used, because it may have been changed in between.
 *
 * @returns the path with query and fragment; undefined for anything that could lead elsewhere
 *
 * @example
 * location.assign(safeReturnTo(new URLSearchParams(location.search).get('returnTo')) ?? '/');
 */
export function safeReturnTo(value: unknown, origin: string = ownOrigin()): string | undefined {
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_LENGTH)
    return undefined;
  if (hasUnsafeCharacter(value) || ENCODED_TRICK.test(value)) return undefined;
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

/** Control characters and white space of every kind, which parsers drop, and the backslash, which they turn. */
function hasUnsafeCharacter(value: string): boolean {
  return /[\\\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value);
}
