import { Inject, Injectable } from '@nestjs/common';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { assertIsPassword, countCodePoints } from './password-input';
import { StrengthMeter } from './strength-meter';

/** Whose password it is to be: words around the account cannot make it up (PW-7). */
export interface PasswordContext {
  readonly email?: string;
  readonly displayName?: string;
  /** Name of the field in the request. @default 'password' */
  readonly field?: string;
}

const SHORTEST_WORD = 3;
const LONGEST_WORD = 64;
const MOST_WORDS = 24;

/**
 * What a new password must be: long enough and not easily guessed. It need not mix kinds of
 * characters (PW-4), because such rules make passwords alike.
 */
@Injectable()
export class PasswordPolicy {
  readonly #minLength: number;
  readonly #maxLength: number;
  readonly #productWords: readonly string[];

  constructor(
    @Inject(ResolvedAuthOptions) { passwords, issuer }: ResolvedAuthOptions,
    private readonly meter: StrengthMeter,
  ) {
    this.#minLength = passwords.minLength;
    this.#maxLength = passwords.maxLength;
    this.#productWords = wordsOf(new URL(issuer).hostname);
  }

  /**
   * @throws AuthError `validation_failed` for what is not a password at all, `password_policy` with
   *   `errors`, or `overloaded`
   */
  async assertAcceptable(password: string, context: PasswordContext = {}): Promise<void> {
    const field = context.field ?? 'password';
    assertIsPassword(password, field);
    const length = countCodePoints(password);
    if (length < this.#minLength) refuse(field, `must have at least ${this.#minLength} characters`);
    if (length > this.#maxLength) refuse(field, `must have at most ${this.#maxLength} characters`);
    switch (await this.meter.judge(password, this.#contextWords(context))) {
      case 'strong':
        return;
      case 'context':
        return refuse(
          field,
          'must not be made of your name, your address or the name of this service',
        );
      case 'weak':
        return refuse(field, 'is too easy to guess: common passwords, patterns and repeats are');
    }
  }

  #contextWords({ email, displayName }: PasswordContext): readonly string[] {
    return [...wordsOf(email ?? ''), ...wordsOf(displayName ?? ''), ...this.#productWords].slice(
      0,
      MOST_WORDS,
    );
  }
}

function wordsOf(text: string): readonly string[] {
  const words = [text, ...text.split('@'), ...text.split(/[^\p{L}\p{M}\p{N}]+/u)];
  return [...new Set(words)].filter(
    ({ length }) => length >= SHORTEST_WORD && length <= LONGEST_WORD,
  );
}

function refuse(field: string, message: string): never {
  throw new AuthError('password_policy', { errors: [{ field, message }] });
}
