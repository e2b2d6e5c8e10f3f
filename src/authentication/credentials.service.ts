import { Injectable } from '@nestjs/common';
import { AccountsService } from '../accounts/accounts.service';
import type { AuditAction } from '../audit/audit-actions';
import { AuditService } from '../audit/audit.service';
import { AuthError, isAuthError } from '../errors/auth-error';
import { GuessedPasswords } from '../passwords/guessed-passwords';
import { assertIsPassword } from '../passwords/password-input';
import { PasswordsService } from '../passwords/passwords.service';
import { GuessRefusedError } from '../throttling/guess.errors';
import type { GuessReservation } from '../throttling/guess-reservation';
import { GuessesService } from '../throttling/guesses.service';
import type { LoginAttempt } from './login-attempt';
import { LoginOutcomes } from './login-outcomes';
import { LoginRepository, type LoginAccount } from './login.repository';

/** An account whose password was right a moment ago, and what must still hold when its session opens. */
export interface VerifiedLogin {
  readonly accountId: string;
  readonly securityEpoch: number;
  readonly identifier: string;
  readonly reservation: GuessReservation;
}

/** Checks e-mail addresses and passwords. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly logins: LoginRepository,
    private readonly guesses: GuessesService,
    private readonly guessed: GuessedPasswords,
    private readonly passwords: PasswordsService,
    private readonly accounts: AccountsService,
    private readonly audit: AuditService,
    private readonly outcomes: LoginOutcomes,
  ) {}

  /**
   * Verifies a password. Every identifier goes the same way and takes the same time, whether an
   * account has it or not (LG-1): the source's limit, the identifier's limit, the hash queue, a hash,
   * and a hash it is even where the account may not sign in.
   *
   * @throws AuthError `validation_failed` for what can be no password, `throttled`, `overloaded`,
   * `invalid_credentials`
   */
  verify(attempt: LoginAttempt, password: string): Promise<VerifiedLogin> {
    return this.outcomes.verifying(() => this.#verify(attempt, password));
  }

  async #verify(attempt: LoginAttempt, password: string): Promise<VerifiedLogin> {
    assertIsPassword(password);
    const { identifier } = attempt;
    const reservation = this.guesses.reservation(attempt);
    const { granted, account } = await this.logins.reserveAndRead(reservation, identifier);
    if (!granted) return this.#refuse(attempt, reservation, account);
    const { source, knownDevice } = attempt;
    const verdict = await this.guessed.verify(reservation, {
      password,
      // Without a hash to compare the answer costs a dummy one, and so tells nothing of the status.
      stored: account?.maySignIn ? account.passwordHash : null,
      source,
      priority: knownDevice ? 'known' : 'unknown',
    });
    if (verdict === 'failed' || account === undefined) {
      await this.#record('authn_login_fail', attempt, { account });
      throw new AuthError('invalid_credentials');
    }
    if (verdict === 'ok-rehash') await this.#rehash(attempt, account, password);
    const { accountId, securityEpoch } = account;
    return { accountId, securityEpoch, identifier, reservation };
  }

  /**
   * The right password under yesterday's cost, pepper or scheme gets today's (PW-10). Where the hash
   * queue is full the next login does it: this one was right.
   */
  async #rehash(
    { source }: LoginAttempt,
    { accountId, passwordHash }: LoginAccount,
    password: string,
  ): Promise<void> {
    try {
      const newHash = await this.passwords.hash(password, { source, priority: 'known' });
      await this.accounts.replacePasswordHash({ accountId, expectedHash: passwordHash, newHash });
    } catch (error) {
      if (!isAuthError(error) || error.code !== 'overloaded') throw error;
    }
  }

  async #refuse(
    attempt: LoginAttempt,
    reservation: GuessReservation,
    account?: LoginAccount,
  ): Promise<never> {
    const error = await this.guesses.refusal(reservation);
    const action = error.refusal.closed ? 'authn_login_fail_max' : 'excess_rate_limit_exceeded';
    await this.#record(action, attempt, { account, error });
    throw error;
  }

  async #record(
    action: AuditAction,
    { origin, knownDevice }: LoginAttempt,
    { account, error }: { readonly account?: LoginAccount; readonly error?: GuessRefusedError },
  ): Promise<void> {
    await this.audit.record({
      action,
      outcome: 'failure',
      accountId: account?.accountId,
      origin,
      details: { factors: ['pwd'], knownDevice, ...(error && { lane: error.refusal.lane }) },
    });
  }
}
