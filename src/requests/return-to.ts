const MAX_LENGTH = 2048;

/** Only to parse against; no page is ever sent there. */
const ANYWHERE = 'https://portcullis.invalid';

/** Printable ASCII but what a browser or a proxy may read as something else. */
const PLAIN = /^\/[\x21\x23-\x26\x28-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]*$/;

/** Encoded control characters, slashes and backslashes: what is decoded twice on its way becomes one. */
const DISGUISED = /%(?:[01][0-9a-f]|2f|5c|7f|25)|%(?![0-9a-f]{2})/i;

/**
 * Where a person wanted to go, if it is a page of this server: a path of one origin in its canonical
 * spelling, with query. Everything else is undefined, above all what only looks like a path (`//evil`,
 * `/\evil`, `/%09/evil`, `/.//evil`), so that a link to our login page cannot end elsewhere.
 *
 * It is asked where the wish is noted and again where it is followed.
 *
 * @publicApi
 */
export function safeReturnTo(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined;
  const path = value.split(/[?#]/, 1)[0] ?? '';
  if (!PLAIN.test(value) || path.startsWith('//') || DISGUISED.test(path)) return undefined;
  if (!URL.canParse(value, ANYWHERE)) return undefined;
  const { origin, pathname, search, hash } = new URL(value, ANYWHERE);
  const isCanonical = `${pathname}${search}${hash}` === value;
  return origin === ANYWHERE && isCanonical ? value : undefined;
}
