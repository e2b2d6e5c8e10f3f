import { Injectable } from '@nestjs/common';
import { ChangeFeed } from '../change-feed/change-feed';
import type { Tx } from '../database/database';
import { isId } from '../database/identifiers';
import { UnitOfWork } from '../database/unit-of-work';
import { AuthError, type FieldError } from '../errors/auth-error';
import type { Assignment, AssignOutcome, NewAssignment, RemovedAssignment } from './assignment';
import { AssignmentsRepository } from './assignments.repository';
import { CompiledCatalogue } from './compiled-catalogue';

const MAX_REASON_LENGTH = 1000;

/**
 * Gives accounts roles and takes them away. Every change raises the account's authority version, is
 * audited in the same statement, and reaches every instance by the change feed.
 *
 * It does not ask whether the actor may: whoever calls it decides that first.
 *
 * @publicApi
 */
@Injectable()
export class AssignmentsService {
  constructor(
    private readonly assignments: AssignmentsRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly catalogue: CompiledCatalogue,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * Assigns a role. Within a transaction of the caller, this instance too hears of it by the feed only.
   *
   * @throws AuthError `not_found` (account or role), `conflict` (assigned already),
   * `separation_of_duty`, `validation_failed`
   */
  async assign(given: NewAssignment, tx?: Tx): Promise<Assignment> {
    refuseInvalid(given);
    if (!isId(given.accountId) || !this.catalogue.hasRole(given.role)) {
      throw new AuthError('not_found');
    }
    const assignment = accept(await this.#attempt(given, tx));
    this.#tell(given.accountId, tx);
    return assignment;
  }

  /**
   * Takes a role away.
   *
   * @throws AuthError `not_found` when it was not assigned
   */
  async unassign(given: RemovedAssignment, tx?: Tx): Promise<void> {
    const { accountId, tenantId } = given;
    const nameable = isId(accountId) && (tenantId === undefined || isId(tenantId));
    if (!nameable || !(await this.assignments.unassign(given, tx))) {
      throw new AuthError('not_found');
    }
    this.#tell(accountId, tx);
  }

  /** Everything assigned to an account, also what has run out or has not begun, oldest first. */
  async rolesOf(accountId: string): Promise<readonly Assignment[]> {
    return isId(accountId) ? this.assignments.findByAccount(accountId) : [];
  }

  async #attempt(given: NewAssignment, tx?: Tx): Promise<AssignOutcome> {
    const apart = this.catalogue.rolesApartFrom(given.role);
    if (apart.length === 0) return this.assignments.assign(given, apart, tx);
    const alone = async (within: Tx) => {
      // The lock is a statement of its own: the next one sees what the previous holder committed (AZ-9).
      await this.assignments.lockAccount(given.accountId, within);
      return this.assignments.assign(given, apart, within);
    };
    return tx === undefined ? this.unitOfWork.run(alone) : alone(tx);
  }

  #tell(accountId: string, tx?: Tx): void {
    if (tx === undefined) this.feed.deliver({ kind: 'authority', accountId });
  }
}

function accept(result: AssignOutcome): Assignment {
  switch (result.outcome) {
    case 'assigned':
      return result.assignment;
    case 'duplicate':
      throw new AuthError('conflict');
    case 'apart':
      throw new AuthError('separation_of_duty', {
        detail: `The account holds ${result.from}, which nobody holds together with this role.`,
      });
    case 'no_account':
    case 'no_role':
      throw new AuthError('not_found');
  }
}

function refuseInvalid({ tenantId, validFrom, validUntil, reason }: NewAssignment): void {
  const errors: FieldError[] = [];
  if (tenantId !== undefined && !isId(tenantId)) {
    errors.push({ field: 'tenantId', message: 'must be an id' });
  }
  if (validFrom !== undefined && Number.isNaN(validFrom.getTime())) {
    errors.push({ field: 'validFrom', message: 'must be a time' });
  }
  if (validUntil !== undefined && Number.isNaN(validUntil.getTime())) {
    errors.push({ field: 'validUntil', message: 'must be a time' });
  }
  if (validFrom !== undefined && validUntil !== undefined && validFrom >= validUntil) {
    errors.push({ field: 'validUntil', message: 'must be after validFrom' });
  }
  if (reason !== undefined && reason.length > MAX_REASON_LENGTH) {
    errors.push({ field: 'reason', message: `must have at most ${MAX_REASON_LENGTH} characters` });
  }
  if (errors.length > 0) throw new AuthError('validation_failed', { errors });
}
