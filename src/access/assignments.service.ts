import { Injectable } from '@nestjs/common';
import { ChangeFeed } from '../change-feed/change-feed';
import type { Tx } from '../database/database';
import { isId } from '../database/identifiers';
import { UnitOfWork } from '../database/unit-of-work';
import { AuthError, type FieldError } from '../errors/auth-error';
import { toPrintable } from '../requests/printable';
import { ADMINISTRATOR_ROLE } from '../route-access/library-permissions';
import { AdministratorsRepository } from './administrators.repository';
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
    private readonly administrators: AdministratorsRepository,
  ) {}

  /**
   * Assigns a role. Within a transaction of the caller, this instance too hears of it by the feed only.
   *
   * @throws AuthError `not_found` (account or role), `conflict` (assigned already),
   * `separation_of_duty`, `validation_failed`
   */
  async assign(given: NewAssignment, tx?: Tx): Promise<Assignment> {
    refuseInvalid(given);
    if (!this.catalogue.hasRole(given.role)) throw unknownRole(given.role, this.catalogue);
    if (!isId(given.accountId)) throw unknownAccount();
    const assignment = accept(await this.#attempt(given, tx), given.role);
    this.#tell(given.accountId, tx);
    return assignment;
  }

  /**
   * Takes a role away.
   *
   * @throws AuthError `not_found` when it was not assigned, `last_administrator` when no active account
   * would hold `administrator` everywhere any more
   */
  async unassign(given: RemovedAssignment, tx?: Tx): Promise<void> {
    const { accountId, role, tenantId } = given;
    const remove = async (within?: Tx) => {
      const nameable = isId(accountId) && (tenantId === undefined || isId(tenantId));
      if (nameable && (await this.assignments.unassign(given, within))) return;
      throw new AuthError('not_found', { detail: 'The account does not hold this role.' });
    };
    if (role !== ADMINISTRATOR_ROLE || tenantId !== undefined) await remove(tx);
    else await this.#keepingAnAdministrator(remove, tx);
    this.#tell(accountId, tx);
  }

  /**
   * Runs work that puts an account out of use, unless it is the last active administrator. Of several
   * at once, also on other instances, one works at a time, and none takes the last one away.
   *
   * @param work goes into the given transaction, and is taken back with it
   * @throws AuthError `last_administrator`, and whatever the work throws
   */
  async sparingLastAdministrator<Result>(
    accountId: string,
    work: (tx: Tx) => Promise<Result>,
  ): Promise<Result> {
    return this.unitOfWork.run(async (tx) => {
      await this.administrators.lock(tx);
      const active = await this.administrators.active(tx);
      if (active.length === 1 && active[0] === accountId) throw new AuthError('last_administrator');
      return work(tx);
    });
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

  /** The lock is a statement of its own, as above; the transaction takes the work back when none is left. */
  async #keepingAnAdministrator(work: (tx: Tx) => Promise<void>, tx?: Tx): Promise<void> {
    const alone = async (within: Tx) => {
      await this.administrators.lock(within);
      await work(within);
      if ((await this.administrators.active(within)).length > 0) return;
      throw new AuthError('last_administrator');
    };
    await (tx === undefined ? this.unitOfWork.run(alone) : alone(tx));
  }

  #tell(accountId: string, tx?: Tx): void {
    if (tx === undefined) this.feed.deliver({ kind: 'authority', accountId });
  }
}

function unknownAccount(): AuthError {
  return new AuthError('not_found', { detail: 'There is no such account.' });
}

/** The names of roles are no secret to whoever may assign one. */
function unknownRole(role: string, catalogue: CompiledCatalogue): AuthError {
  const known = Object.keys(catalogue.roles).sort().join(', ');
  return new AuthError('not_found', {
    detail: `There is no role ${toPrintable(role, 64)}. Known roles: ${known}.`,
  });
}

function accept(result: AssignOutcome, role: string): Assignment {
  switch (result.outcome) {
    case 'assigned':
      return result.assignment;
    case 'duplicate':
      throw new AuthError('conflict', { detail: `The account already holds ${role}.` });
    case 'apart':
      throw new AuthError('separation_of_duty', {
        detail: `The account holds ${result.from}, which nobody holds together with this role.`,
      });
    case 'no_account':
      throw unknownAccount();
    case 'no_role':
      throw new AuthError('not_found', { detail: `The database has no role ${role} yet.` });
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
