import { Injectable } from '@nestjs/common';
import type { AssignmentActor } from '../access/assignment';
import { AssignmentsService } from '../access/assignments.service';
import { DelegationService } from '../access/delegation.service';
import type { AccountStatus } from '../accounts/account';
import { AccountsService } from '../accounts/accounts.service';
import type { Tx } from '../database/database';
import { isId } from '../database/identifiers';
import { UnitOfWork } from '../database/unit-of-work';
import { AuthError } from '../errors/auth-error';
import { SessionsService, type EpochEnd } from '../sessions/sessions.service';

/**
 * Takes accounts out of use and back into it, everywhere: an account has no status of one tenant.
 *
 * It does not ask whether the actor may do it at all: whoever calls it decides that first. An actor that
 * is named acts on no account that has powers of administration beyond its own (AZ-5).
 *
 * @publicApi
 */
@Injectable()
export class AccountStatusService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
    private readonly assignments: AssignmentsService,
    private readonly delegation: DelegationService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * Ends every session of an account and refuses new ones; its access tokens die on every instance
   * within a second. Of administrators who disable each other at once, one stays (AD-7).
   *
   * @throws AuthError `not_found`, `conflict` when it is disabled already, `forbidden` when it stands above the
   * actor, `last_administrator` when no account that can sign in would hold `administrator` everywhere
   * and without an end any more
   */
  async disable(accountId: string, by: AssignmentActor = {}): Promise<void> {
    this.sessions.announceEpoch(
      await this.assignments.sparingLastAdministrator(accountId, (tx) =>
        this.#set({ ...by, accountId, status: 'disabled' }, tx),
      ),
    );
  }

  /**
   * Lets an account sign in again. Sessions and tokens from before stay dead (SS-6).
   *
   * @throws AuthError `not_found`, `conflict` when it is active already, `forbidden` when it stands above the
   * actor
   */
  async enable(accountId: string, by: AssignmentActor = {}): Promise<void> {
    this.sessions.announceEpoch(
      await this.unitOfWork.run((tx) => this.#set({ ...by, accountId, status: 'active' }, tx)),
    );
  }

  async #set(change: StatusChange, tx: Tx): Promise<EpochEnd> {
    const { accountId, actorId, activation } = change;
    if (!isId(accountId)) throw new AuthError('not_found');
    if (actorId !== undefined) {
      await this.delegation.assertNotAbove({ actorId, activation }, accountId, tx);
    }
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

interface StatusChange extends AssignmentActor {
  readonly accountId: string;
  readonly status: AccountStatus;
}
