/**
 * A segment that every parser takes away, and the one before with it. Behind an encoded slash it is one as
 * soon as something on the way decodes that.
 */
const DOT_SEGMENT = /(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?:\/|%2f|%5c|$)/i;

/** One slash begins it, and nothing in it is dropped, cut off or taken for a slash. */
const PLAIN = /^\/(?!\/)[^\\#\s\p{C}]*$/u;

/** encodeURIComponent() leaves dots as they are, so that `/invoices/..` is also what encoding makes. */
export function hasDotSegment(address: string): boolean {
  return DOT_SEGMENT.test(address.split('?', 1)[0] ?? '');
}

/** @throws TypeError for what is no path of a route of the API, or would be that of another one */
export function checkApiPath(path: string): void {
  if (!PLAIN.test(path) || hasDotSegment(path)) {
    throw new TypeError(
      `path: ${JSON.stringify(path)} must begin with one slash, be encoded, and have no dot segment`,
    );
  }
}
