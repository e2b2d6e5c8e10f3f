import { Injectable } from '@nestjs/common';
import { AssignmentsService } from '../access/assignments.service';
import type { AccountStatus, ActedBy } from '../accounts/account';
import { AccountsService } from '../accounts/accounts.service';
import type { Tx } from '../database/database';
import { isId } from '../database/identifiers';
import { UnitOfWork } from '../database/unit-of-work';
import { AuthError } from '../errors/auth-error';
import { SessionsService, type EpochEnd } from '../sessions/sessions.service';

/**
 * Takes accounts out of use and back into it, everywhere: an account has no status of one tenant.
 *
 * It does not ask whether the actor may: whoever calls it decides that first.
 *
 * @publicApi
 */
@Injectable()
export class AccountStatusService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
    private readonly assignments: AssignmentsService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * Ends every session of an account and refuses new ones; its access tokens die on every instance
   * within a second. Of administrators who disable each other at once, one stays (AD-7).
   *
   * @throws AuthError `not_found`, `conflict` when it is disabled already, `last_administrator` when
   * no active account would hold `administrator` everywhere any more
   */
  async disable(accountId: string, by: ActedBy = {}): Promise<void> {
    this.sessions.announceEpoch(
      await this.assignments.sparingLastAdministrator(accountId, (tx) =>
        this.#set({ ...by, accountId, status: 'disabled' }, tx),
      ),
    );
  }

  /**
   * Lets an account sign in again. Sessions and tokens from before stay dead (SS-6).
   *
   * @throws AuthError `not_found`, `conflict` when it is active already
   */
  async enable(accountId: string, by: ActedBy = {}): Promise<void> {
    this.sessions.announceEpoch(
      await this.unitOfWork.run((tx) => this.#set({ ...by, accountId, status: 'active' }, tx)),
    );
  }

  async #set(change: StatusChange, tx: Tx): Promise<EpochEnd> {
    const { accountId } = change;
    if (!isId(accountId)) throw new AuthError('not_found');
    const changed = await this.accounts.setStatus(change, tx);
    if (changed === undefined) throw await this.#refusal(accountId, tx);
    const raised = { accountId, epoch: changed.epoch, reason: 'account_disabled' } as const;
    await this.sessions.revokeForEpoch(raised, tx);
    return raised;
  }

  async #refusal(accountId: string, tx: Tx): Promise<AuthError> {
    const known = await this.accounts.findById(accountId, tx);
    return new AuthError(known === undefined ? 'not_found' : 'conflict');
  }
}

interface StatusChange extends ActedBy {
  readonly accountId: string;
  readonly status: AccountStatus;
}
