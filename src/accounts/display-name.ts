import { AuthError } from '../errors/auth-error';
import { LONE_SURROGATE } from './unicode';

const MAX_CODE_POINTS = 100;

/** Control characters, and the marks that reorder the text around them (Unicode TR 36 §2.8). */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/**
 * Reads the name a person is shown under: 1 to 100 characters, composed (NFC), without the spaces
 * around it. Markup stays as it is; whoever shows it escapes it.
 *
 * @throws AuthError `validation_failed` naming the field `displayName`
 */
export function parseDisplayName(input: string): string {
  if (typeof input === 'string' && input.length <= MAX_CODE_POINTS * 4) {
    const name = input.normalize('NFC').trim();
    const length = Array.from(name).length;
    const printable = !UNPRINTABLE.test(name) && !LONE_SURROGATE.test(name);
    if (length > 0 && length <= MAX_CODE_POINTS && printable) return name;
  }
  throw new AuthError('validation_failed', {
    errors: [
      {
        field: 'displayName',
        message: `must be a text of 1 to ${MAX_CODE_POINTS} characters without control characters`,
      },
    ],
  });
}
