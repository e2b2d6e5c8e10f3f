import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account';
import { AccountsService } from '../accounts/accounts.service';
import { parseEmailAddress } from '../accounts/email-address';
import { AuditService } from '../audit/audit.service';
import { UnitOfWork } from '../database/unit-of-work';
import { AuthError } from '../errors/auth-error';
import { GuessedPasswords } from '../passwords/guessed-passwords';
import { PasswordsService } from '../passwords/passwords.service';
import type { SecretIdRenewal } from '../sessions/secret-id.sql';
import { SecretIds } from '../sessions/secret-ids';
import type { RenewedSession } from '../sessions/session-renewals';
import { SessionsService } from '../sessions/sessions.service';
import type { PasswordChange } from './password-change';

/** Changes the password of a person who knows the one in use. */
@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly passwords: PasswordsService,
    private readonly guessed: GuessedPasswords,
    private readonly sessions: SessionsService,
    private readonly secretIds: SecretIds,
    private readonly audit: AuditService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * Replaces the password and ends every other session. A secret id is replaced with it (SS-1). The current password is guarded like a login:
   * a stolen access token must not become a way to guess it (PW-8).
   *
   * @throws AuthError `throttled`, `overloaded`, `invalid_credentials` for a wrong current password,
   * `password_policy`, `conflict` when another change came first, `session_revoked` when the session
   * that asks ended meanwhile, or its id is superseded
   */
  async change(change: PasswordChange): Promise<RenewedSession | undefined> {
    const account = await this.#account(change.accountId);
    const expectedHash = await this.#verified(account, change);
    await this.passwords.assertAcceptable(change.newPassword, { ...account, field: 'newPassword' });
    const newHash = await this.passwords.hash(change.newPassword, {
      source: change.origin.source,
      priority: 'known',
    });
    const { secretIdDigest: presented } = change;
    if (presented === undefined) {
      await this.#replace(change, { expectedHash, newHash });
      return undefined;
    }
    const made = this.secretIds.make();
    // Somebody may hold the id before, and be the reason for the change: it does not lead to the new one.
    const renewal = { ...made, presented, converges: false };
    await this.#replace(change, { expectedHash, newHash }, renewal);
    return { session: await this.sessions.live(change.sessionId), secretId: made.id };
  }

  async #account(accountId: string): Promise<Account> {
    const account = await this.accounts.findById(accountId);
    if (account === undefined) throw new AuthError('unauthenticated');
    return account;
  }

  async #verified(account: Account, change: PasswordChange): Promise<string | null> {
    const { origin } = change;
    const { source } = origin;
    const identifier = parseEmailAddress(account.email).key;
    const stored = (await this.accounts.findCredential(account.id))?.passwordHash ?? null;
    const verdict = await this.guessed.check(
      { identifier, source, knownDevice: true },
      { password: change.currentPassword, stored, source, priority: 'known' },
    );
    if (verdict === 'failed') {
      await this.audit.record({
        action: 'authn_password_change_fail',
        outcome: 'failure',
        actorId: account.id,
        accountId: account.id,
        sessionId: change.sessionId,
        origin,
      });
      throw new AuthError('invalid_credentials');
    }
    return stored;
  }

  /** The first statement takes the account's lock and raises its epoch, the second ends the sessions. */
  async #replace(
    { accountId, sessionId, origin }: PasswordChange,
    hashes: { readonly expectedHash: string | null; readonly newHash: string },
    renewal?: SecretIdRenewal,
  ): Promise<void> {
    const end = await this.unitOfWork.run(async (tx) => {
      const changed = await this.accounts.changePassword({ accountId, ...hashes }, tx);
      if (changed === undefined) throw new AuthError('conflict');
      const { epoch } = changed;
      const raised = {
        accountId,
        epoch,
        exceptSessionId: sessionId,
        reason: 'password_change',
        renewal,
        origin,
      } as const;
      const sessions = await this.sessions.revokeForEpoch(raised, tx);
      await this.audit.record(
        {
          action: 'authn_password_change',
          outcome: 'success',
          actorId: accountId,
          accountId,
          sessionId,
          origin,
          details: { sessions },
        },
        tx,
      );
      return raised;
    });
    this.sessions.announceEpoch(end);
  }
}
