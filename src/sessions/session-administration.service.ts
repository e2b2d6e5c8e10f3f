import { Injectable } from '@nestjs/common';
import type { ActedBy } from '../accounts/account';
import { AccountsService } from '../accounts/accounts.service';
import { ChangeFeed } from '../change-feed/change-feed';
import { isId } from '../database/identifiers';
import { keysetOf, pageOf, type Page, type PageRequest } from '../database/page';
import { canMatch, type TenantScope } from '../database/tenant-scope';
import { UnitOfWork } from '../database/unit-of-work';
import { AuthError } from '../errors/auth-error';
import {
  SessionAdministrationRepository,
  type AccountSession,
} from './session-administration.repository';

/**
 * Shows and ends the sessions of somebody else; within a tenant, those that are bound to it.
 *
 * It does not ask whether the actor may: whoever calls it decides that first.
 */
@Injectable()
export class SessionAdministration {
  constructor(
    private readonly sessions: SessionAdministrationRepository,
    private readonly accounts: AccountsService,
    private readonly unitOfWork: UnitOfWork,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * The live sessions of an account, the newest first. An account that is not known has none.
   *
   * @throws AuthError `validation_failed` for a limit or cursor that is none
   */
  async listOf(
    accountId: string,
    query: PageRequest,
    { tenantId }: TenantScope,
  ): Promise<Page<AccountSession>> {
    const keyset = keysetOf(query);
    if (!isId(accountId) || !canMatch(tenantId)) return pageOf([], keyset);
    return pageOf(await this.sessions.list({ accountId, tenantId }, keyset), keyset);
  }

  /**
   * Ends one live session of an account.
   *
   * @throws AuthError `not_found` also for sessions of other accounts and tenants
   */
  async revokeOne(
    accountId: string,
    sessionId: string,
    { actorId, origin }: ActedBy,
    { tenantId }: TenantScope,
  ): Promise<void> {
    const isEnded =
      isId(accountId) &&
      isId(sessionId) &&
      canMatch(tenantId) &&
      (await this.sessions.endOne({ accountId, sessionId, tenantId, actorId, origin }));
    if (!isEnded) throw new AuthError('not_found');
    this.feed.deliver({ kind: 'session_revoked', sessionId });
  }

  /**
   * Ends every live session of an account. Without a tenant the security epoch rises too, so that no
   * login or refresh under way outlives it.
   *
   * @returns how many sessions were open; within a tenant 0 where the account has none there
   * @throws AuthError `not_found` when there is no such account
   */
  async revokeAllOf(accountId: string, by: ActedBy, { tenantId }: TenantScope): Promise<number> {
    if (!isId(accountId) || !canMatch(tenantId)) throw new AuthError('not_found');
    const { actorId, origin } = by;
    const end = { accountId, tenantId, actorId, origin };
    return tenantId === undefined ? this.#everywhere(end) : this.#inTenant(end);
  }

  async #everywhere(end: ActedBy & { readonly accountId: string }): Promise<number> {
    const { accountId } = end;
    const { epoch, ended } = await this.unitOfWork.run(async (tx) => {
      const raised = await this.accounts.raiseEpoch(accountId, tx);
      return { epoch: raised, ended: await this.sessions.endAll({ ...end, epoch: raised }, tx) };
    });
    this.feed.deliver({ kind: 'account_epoch', accountId, epoch });
    return ended.length;
  }

  async #inTenant(end: ActedBy & { readonly accountId: string }): Promise<number> {
    const ended = await this.unitOfWork.run(async (tx) => {
      await this.sessions.lockAccount(end.accountId, tx);
      return this.sessions.endAll(end, tx);
    });
    for (const sessionId of ended) this.feed.deliver({ kind: 'session_revoked', sessionId });
    return ended.length;
  }
}
