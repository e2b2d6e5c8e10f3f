import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../clock/clock';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import { FailureFloor } from './failure-floor';
import type { HashPlace } from './hash-queue';
import type { Comparison, HashTask } from './hash-task';
import { HashWorkers, type Hashed } from './hash-workers';
import { assertIsPassword } from './password-input';
import { PasswordPolicy, type PasswordContext } from './password-policy';
import { Peppers } from './peppers';
import {
  formatOwnHash,
  readStoredHash,
  UnreadableHashError,
  type OwnHash,
  type StoredHash,
} from './stored-hash';

/**
 * What a verification found: `ok-rehash` means that the password is right and its stored hash should
 * be replaced by `hash(password)`.
 */
export type Verification = 'failed' | 'ok' | 'ok-rehash';

export interface VerifyRequest extends HashPlace {
  /** Exactly as sent. */
  readonly password: string;
  /**
   * Stored form of the hash. Null costs one hash all the same and always fails: give it for an
   * unknown account, one without a password, and one that may not sign in, so that all look alike.
   */
  readonly stored: string | null;
}

const BOOT: HashPlace = { source: 'boot', priority: 'known' };

/** Hashes and verifies passwords, and judges new ones. */
@Injectable()
export class PasswordsService implements OnModuleInit {
  readonly #cost: number;
  readonly #floor: FailureFloor;
  #dummy?: Promise<OwnHash>;

  constructor(
    @Inject(ResolvedAuthOptions) { passwords }: ResolvedAuthOptions,
    private readonly workers: HashWorkers,
    private readonly peppers: Peppers,
    private readonly policy: PasswordPolicy,
    clock: Clock,
  ) {
    this.#cost = passwords.cost;
    this.#floor = new FailureFloor(() => clock.monotonic());
  }

  async onModuleInit(): Promise<void> {
    await this.#dummyHash();
  }

  /**
   * Hashes a password with the current pepper and cost; {@link assertAcceptable} is asked before.
   *
   * @returns the stored form, `{bcrypt-hmac-sha256;pepper=1}$2b$12$…`
   * @throws AuthError `validation_failed` or `overloaded`
   */
  async hash(password: string, place: HashPlace): Promise<string> {
    assertIsPassword(password);
    const version = this.peppers.currentVersion;
    const input = this.#peppered(version, password);
    const { result, tookMs } = await this.workers.run(
      { kind: 'bcrypt-hash', input, cost: this.#cost },
      place,
    );
    this.#floor.observed(tookMs);
    return formatOwnHash(version, result);
  }

  /**
   * Verifies a password exactly as sent. A failure is answered only after a floor that follows the
   * time of a full hash, whatever was compared (control LG-1).
   *
   * @throws AuthError `validation_failed` for what is not a password at all, `overloaded`, or
   *   `internal_error` when the stored hash cannot be read
   */
  async verify({ password, stored, ...place }: VerifyRequest): Promise<Verification> {
    assertIsPassword(password);
    const dummy = await this.#dummyHash();
    const target = stored === null ? dummy : this.#read(stored);
    const { result, startedMs, tookMs } = await this.#compare(password, target, place);
    if (this.#isCurrentCost(target)) this.#floor.observed(tookMs);
    if (!result || stored === null) {
      await this.#floor.rest(startedMs);
      return 'failed';
    }
    return this.#needsUpgrade(target) ? 'ok-rehash' : 'ok';
  }

  /**
   * @throws AuthError `password_policy` with `errors` when a new password is too short, too long or
   *   easily guessed; `validation_failed` when it is not a password at all; `overloaded`
   */
  assertAcceptable(password: string, context?: PasswordContext): Promise<void> {
    return this.policy.assertAcceptable(password, context);
  }

  /**
   * Asks whether a hash of another system may be stored: its scheme is known, its form is whole, and
   * one verification stays affordable.
   *
   * @throws AuthError `validation_failed` naming the field `passwordHash`
   */
  assertImportable(stored: string): void {
    try {
      const { scheme } = readStoredHash(stored);
      if (scheme !== 'foreign') throw new UnreadableHashError('only foreign hashes are imported');
    } catch (error) {
      if (!(error instanceof UnreadableHashError)) throw error;
      throw new AuthError('validation_failed', {
        errors: [{ field: 'passwordHash', message: error.message }],
        cause: error,
      });
    }
  }

  /** A hash that no password has, and with it the first measurement of what a hash costs. */
  #dummyHash(): Promise<OwnHash> {
    return (this.#dummy ??= this.#makeDummy().catch((error: unknown) => {
      this.#dummy = undefined;
      throw error;
    }));
  }

  async #makeDummy(): Promise<OwnHash> {
    const version = this.peppers.currentVersion;
    const input = this.#peppered(version, randomBytes(32).toString('base64'));
    // The first hash also starts the thread, so only the second one is measured.
    const made = await this.workers.run({ kind: 'bcrypt-hash', input, cost: this.#cost }, BOOT);
    const dummy = readStoredHash(formatOwnHash(version, made.result)) as OwnHash;
    const { tookMs } = await this.#compare('', dummy, BOOT);
    this.#floor.measured(tookMs);
    this.workers.expect(tookMs);
    return dummy;
  }

  #compare(password: string, target: StoredHash, place: HashPlace): Promise<Hashed<boolean>> {
    const input =
      target.scheme === 'foreign' ? password : this.#peppered(target.pepperVersion, password);
    return this.workers.run(withInput(target.comparison, input), place);
  }

  #read(stored: string): StoredHash {
    try {
      return readStoredHash(stored);
    } catch (error) {
      throw new AuthError('internal_error', { cause: error });
    }
  }

  #peppered(version: number, password: string): string {
    const input = this.peppers.apply(version, password);
    if (input === undefined) {
      throw new AuthError('internal_error', {
        cause: new UnreadableHashError(`its pepper ${version} is not configured`),
      });
    }
    return input;
  }

  #isCurrentCost(target: StoredHash): boolean {
    return target.scheme !== 'foreign' && target.cost === this.#cost;
  }

  /** A higher cost stays: instances of an old and a new configuration must not undo each other's work. */
  #needsUpgrade(target: StoredHash): boolean {
    return (
      target.scheme === 'foreign' ||
      target.cost < this.#cost ||
      target.pepperVersion !== this.peppers.currentVersion
    );
  }
}

function withInput(
  comparison: Comparison,
  input: string,
): Exclude<HashTask, { readonly kind: 'bcrypt-hash' }> {
  return { ...comparison, input };
}
