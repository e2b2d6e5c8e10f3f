import { Injectable } from '@nestjs/common';
import type { AccountStatus } from '../accounts/account';
import { AccountsService } from '../accounts/accounts.service';
import { UnitOfWork } from '../database/unit-of-work';
import { AuthError } from '../errors/auth-error';
import { SessionsService } from '../sessions/sessions.service';

/**
 * Takes accounts out of use and back into it.
 *
 * @publicApi
 */
@Injectable()
export class AccountStatusService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * Ends every session of an account and refuses new ones; its access tokens die on every instance
   * within a second.
   *
   * @throws AuthError `not_found`, `conflict` when it is disabled already
   */
  disable(accountId: string, actorId?: string): Promise<void> {
    return this.#set({ accountId, status: 'disabled', actorId });
  }

  /**
   * Lets an account sign in again. Sessions and tokens from before stay dead (SS-6).
   *
   * @throws AuthError `not_found`, `conflict` when it is active already
   */
  enable(accountId: string, actorId?: string): Promise<void> {
    return this.#set({ accountId, status: 'active', actorId });
  }

  async #set(change: StatusChange): Promise<void> {
    const { accountId } = change;
    const end = await this.unitOfWork.run(async (tx) => {
      const changed = await this.accounts.setStatus(change, tx);
      if (changed === undefined) throw await this.#refusal(accountId);
      const raised = { accountId, epoch: changed.epoch, reason: 'account_disabled' } as const;
      await this.sessions.revokeForEpoch(raised, tx);
      return raised;
    });
    this.sessions.announceEpoch(end);
  }

  async #refusal(accountId: string): Promise<AuthError> {
    const known = await this.accounts.findById(accountId);
    return new AuthError(known === undefined ? 'not_found' : 'conflict');
  }
}

interface StatusChange {
  readonly accountId: string;
  readonly status: AccountStatus;
  readonly actorId?: string;
}
