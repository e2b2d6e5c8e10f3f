import { Injectable } from '@nestjs/common';
import { AccountsService } from '../accounts/accounts.service';
import type { AuditOrigin } from '../audit/audit-event';
import { AuditService } from '../audit/audit.service';
import { UnitOfWork } from '../database/unit-of-work';
import { AuthError, isAuthError } from '../errors/auth-error';
import type { HttpRequest } from '../requests/http-request';
import { RequestReader } from '../requests/request-info';
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
    if (credential.kind === 'family') await this.sessions.logout(credential, origin);
    else await this.sessions.logoutSession(credential.accountId, credential.sessionId, origin);
  }

  async #live(credentials: readonly LogoutCredential[]): Promise<Session> {
    let refusal: unknown = new AuthError('unauthenticated');
    for (const credential of credentials) {
      try {
        const proof = credential.kind === 'family' ? credential : undefined;
        return await this.sessions.live(credential.sessionId, proof);
      } catch (error) {
        if (!isAuthError(error) || error.status !== 401) throw error;
        refusal = error;
      }
    }
    throw refusal;
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
