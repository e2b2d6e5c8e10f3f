import { Injectable } from '@nestjs/common';
import { AccountsService } from '../accounts/accounts.service';
import type { AuditOrigin } from '../audit/audit-event';
import { AuditService } from '../audit/audit.service';
import { UnitOfWork } from '../database/unit-of-work';
import { AuthError, isAuthError } from '../errors/auth-error';
import type { HttpRequest } from '../requests/http-request';
import { RequestReader } from '../requests/request-info';
import { KnownSessions } from '../sessions/known-sessions';
import { secretIdDigest } from '../sessions/secret-ids';
import type { Session } from '../sessions/session';
import { SessionsService } from '../sessions/sessions.service';
import type { LogoutCredential } from './logout.guard';

/** Which sessions a logout ends. */
export type LogoutScope = 'current' | 'others' | 'all';

/** Ends sessions at the wish of their owner. */
@Injectable()
export class LogoutService {
  constructor(
    private readonly sessions: SessionsService,
    private readonly known: KnownSessions,
    private readonly accounts: AccountsService,
    private readonly audit: AuditService,
    private readonly unitOfWork: UnitOfWork,
    private readonly requests: RequestReader,
  ) {}

  /**
   * Ends what the scope names. Ending a session that has ended changes nothing.
   *
   * @throws AuthError for `others` and `all`, which need a live session: `unauthenticated`,
   * `session_revoked`, `session_expired`, `account_disabled`
   */
  async logout(
    scope: LogoutScope = 'current',
    credentials: readonly LogoutCredential[],
    request: HttpRequest,
  ): Promise<LogoutScope> {
    const origin = this.requests.read(request);
    if (scope === 'current') {
      for (const credential of credentials) await this.#end(credential, origin);
      return scope;
    }
    const session = await this.#live(credentials);
    if (scope === 'others') await this.sessions.logoutOthers(session, origin);
    else await this.#everywhere(session, origin);
    return scope;
  }

  async #end(credential: LogoutCredential, origin: AuditOrigin): Promise<void> {
    switch (credential.kind) {
      case 'family':
        return this.sessions.logout(credential, origin);
      case 'secret_id':
        return this.sessions.logoutSecretId(secretIdDigest(credential.secretId), origin);
      case 'access':
        return this.sessions.logoutSession(credential.accountId, credential.sessionId, origin);
    }
  }

  async #live(credentials: readonly LogoutCredential[]): Promise<Session> {
    let refusal: unknown = new AuthError('unauthenticated');
    for (const credential of credentials) {
      try {
        return await this.#liveBy(credential);
      } catch (error) {
        if (!isAuthError(error) || error.status !== 401) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  async #liveBy(credential: LogoutCredential): Promise<Session> {
    switch (credential.kind) {
      case 'family':
        return this.sessions.live(credential.sessionId, credential);
      case 'secret_id':
        return this.sessions.live((await this.known.find(credential.secretId)).sessionId);
      case 'access':
        return this.sessions.live(credential.sessionId);
    }
  }

  /** Raises the epoch too, so that a login or refresh under way cannot outlive it. */
  async #everywhere(session: Session, origin: AuditOrigin): Promise<void> {
    const accountId = session.account.id;
    const end = await this.unitOfWork.run(async (tx) => {
      const epoch = await this.accounts.raiseEpoch(accountId, tx);
      const raised = { accountId, epoch, reason: 'logout' } as const;
      const sessions = await this.sessions.revokeForEpoch(raised, tx);
      await this.audit.record(
        {
          action: 'session_logout',
          outcome: 'success',
          actorId: accountId,
          accountId,
          sessionId: session.id,
          origin,
          details: { scope: 'all', sessions },
        },
        tx,
      );
      return raised;
    });
    this.sessions.announceEpoch(end);
  }
}
