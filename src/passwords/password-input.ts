import { AuthError } from '../errors/auth-error';
import { PASSWORD_BOUNDS } from '../options/password-options';

/**
 * No password may ever have been longer. A verification asks for this and not for the option, so that
 * lowering `passwords.maxLength` locks nobody out.
 */
const LONGEST_EVER = PASSWORD_BOUNDS.maxLength.max;

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Characters of a password as people count them: code points (SP 800-63B-4 §3.1.1.2). */
export function countCodePoints(text: string): number {
  return Array.from(text).length;
}

/**
 * Refuses what is not a password at all, before anything is spent on it.
 *
 * A password is used exactly as sent: nothing is trimmed, cut, folded or normalised. A password set
 * as composed characters (NFC) is therefore another one than the same text decomposed (NFD); a client
 * that wants them to be one normalises on every path (PW-13). Half a character is refused, because
 * encoders replace it and two different passwords would verify as one.
 *
 * @throws AuthError `validation_failed`
 */
export function assertIsPassword(
  password: unknown,
  field = 'password',
): asserts password is string {
  if (typeof password !== 'string') refuse(field, 'must be a text');
  // A code point is at most two units of UTF-16: this bounds the count itself (PW-14).
  if (password.length > LONGEST_EVER * 2 || countCodePoints(password) > LONGEST_EVER) {
    refuse(field, `must have at most ${LONGEST_EVER} characters`);
  }
  if (LONE_SURROGATE.test(password)) refuse(field, 'must consist of whole characters');
}

function refuse(field: string, message: string): never {
  throw new AuthError('validation_failed', { errors: [{ field, message }] });
}
