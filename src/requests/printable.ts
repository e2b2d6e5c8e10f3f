const PLAIN_ASCII = /^[\x20-\x7e]*$/;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const HALF_OF_A_PAIR = /[\uD800-\uDBFF]$/;

/**
 * A foreign text as a log, a table or an answer may show it (control HT-9): without control and
 * formatting characters (CR, LF, ESC, U+2028, bidirectional overrides …), at most `maxLength`
 * UTF-16 units long.
 */
export function toPrintable(text: string, maxLength: number): string {
  const clean = PLAIN_ASCII.test(text) ? text : text.replace(UNPRINTABLE, '');
  return clean.length <= maxLength ? clean : clean.slice(0, maxLength).replace(HALF_OF_A_PAIR, '');
}
