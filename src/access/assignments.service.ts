import { Injectable } from '@nestjs/common';
import { ChangeFeed } from '../change-feed/change-feed';
import type { Tx } from '../database/database';
import { isId } from '../database/identifiers';
import { keysetOf, pageOf, type Page } from '../database/page';
import { canMatch, type TenantScope } from '../database/tenant-scope';
import { UnitOfWork } from '../database/unit-of-work';
import { AuthError, type FieldError } from '../errors/auth-error';
import { toPrintable } from '../requests/printable';
import { ADMINISTRATOR_ROLE } from '../route-access/library-permissions';
import { AdministratorsRepository } from './administrators.repository';
import type {
  Assignment,
  AssignmentActor,
  AssignmentQuery,
  AssignOutcome,
  NewAssignment,
  RemovedAssignment,
} from './assignment';
import { AssignmentsRepository } from './assignments.repository';
import { CompiledCatalogue } from './compiled-catalogue';
import type { Delegation, DelegationRight } from './delegation.service';
import { RoleModel } from './role-model';
import type { StoredRole } from './stored-role';

const MAX_REASON_LENGTH = 1000;

/**
 * Gives accounts roles and takes them away. Every change raises the account's authority version, is
 * audited in the same statement, and reaches every instance by the change feed.
 *
 * Whoever is named as the actor gives and takes only what they hold there themselves, gives it for no longer
 * than they hold it, or else acts by
 * `auth.assignments:any`, which the audit records.
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
    private readonly roleModel: RoleModel,
  ) {}

  /**
   * Assigns a role. Within a transaction of the caller, this instance too hears of it by the feed only.
   *
   * @throws AuthError `not_found` (account, role or tenant), `conflict` (assigned already), `forbidden`
   * (the actor does not hold what the role gives, or not as long), `separation_of_duty`, `validation_failed`
   */
  async assign(given: NewAssignment, tx?: Tx): Promise<Assignment> {
    refuseInvalid(given);
    if (!isId(given.accountId)) throw unknownAccount();
    const assign = async (within: Tx) => {
      await this.roleModel.stored.holdStill(within);
      const role = await this.#roleOf(given, given.tenantId, within);
      // A role that code no longer declares grants nothing: it can be taken away, and not given.
      if (!this.#isDeclared(role)) throw unknownRole(role.name, this.catalogue);
      // A statement of its own: the next ones see what whoever came before committed (AZ-5, AZ-9).
      await this.assignments.lockAccounts(accountsIn(given), within);
      const { tenantId, validUntil: lasting = 'for_ever' } = given;
      const right = await this.#assertMay(given, role, { tenantId, lasting }, within);
      const { id: roleId, name: roleName } = role;
      const rolesApart = await this.roleModel.separation.rolesApartFrom(
        role,
        given.tenantId,
        within,
      );
      const decided = { given, roleId, roleName, rolesApart, right };
      return accept(await this.assignments.assign(decided, within), roleName);
    };
    const assignment = await (tx === undefined ? this.unitOfWork.run(assign) : assign(tx));
    this.#tell(given.accountId, tx);
    return assignment;
  }

  /**
   * Takes a role away.
   *
   * @throws AuthError `not_found` when it was not assigned, `forbidden` when the role stands above the
   * actor, `last_administrator` when no account that can sign in would hold `administrator` everywhere and
   * without an end any more
   */
  async unassign(given: RemovedAssignment, tx?: Tx): Promise<void> {
    const remove = async (within: Tx) => {
      await this.roleModel.stored.holdStill(within);
      // Before anything is read: of two administrators who remove each other, the second sees the first.
      await this.administrators.lock(within);
      const assignment = await this.#find(given, within);
      const tenantId = assignment.tenantId ?? undefined;
      const role = await this.#roleOf(assignment, tenantId, within);
      const { actorId } = given;
      await this.assignments.lockAccounts(accountsIn({ ...assignment, actorId }), within);
      const right = await this.#assertMay(given, role, { tenantId }, within);
      const gone = await this.assignments.unassign(assignment, { ...given, right }, within);
      if (!gone) throw notAssigned();
      if (role.name === ADMINISTRATOR_ROLE && tenantId === undefined) {
        // The transaction takes the removal back when none is left.
        if ((await this.administrators.active(within)).length === 0) {
          throw new AuthError('last_administrator');
        }
      }
      return assignment.accountId;
    };
    const accountId = await (tx === undefined ? this.unitOfWork.run(remove) : remove(tx));
    this.#tell(accountId, tx);
  }

  /**
   * Runs work that puts an account out of use, unless it is the last administrator that can sign in and
   * holds the role everywhere and without an end. Of several at once, also on other instances, one works at a time, and none takes the last one away.
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

  /**
   * Assignments, the newest first.
   *
   * @param within only those of this tenant, whatever the query asks for
   * @throws AuthError `validation_failed`
   */
  async list(query: AssignmentQuery, within: TenantScope = {}): Promise<Page<Assignment>> {
    const { accountId, roleId, tenantId = within.tenantId } = query;
    const keyset = keysetOf(query);
    const isForeign = within.tenantId !== undefined && tenantId !== within.tenantId;
    if (isForeign || !canMatch(accountId, roleId, tenantId)) return { items: [], nextCursor: null };
    return pageOf(await this.assignments.page({ accountId, roleId, tenantId }, keyset), keyset);
  }

  async #roleOf(
    { role = '', roleId }: { readonly role?: string; readonly roleId?: string },
    tenantId: string | undefined,
    tx: Tx,
  ): Promise<StoredRole> {
    const reference = roleId === undefined ? { role } : { roleId };
    const found = await this.roleModel.stored.find(reference, tenantId, tx);
    if (found !== undefined) return found;
    throw roleId === undefined ? unknownRole(role, this.catalogue) : new AuthError('not_found');
  }

  #isDeclared({ origin, name }: StoredRole): boolean {
    return origin === 'database' || this.catalogue.hasRole(name);
  }

  async #find(given: RemovedAssignment, tx: Tx): Promise<Assignment> {
    const { tenantId } = 'assignmentId' in given ? (given.within ?? {}) : given;
    const id = 'assignmentId' in given ? given.assignmentId : given.accountId;
    const nameable = isId(id) && (tenantId === undefined || isId(tenantId));
    const found = nameable
      ? await this.assignments.find(
          'assignmentId' in given ? { assignmentId: id, tenantId } : { ...given, tenantId },
          tx,
        )
      : undefined;
    if (found === undefined) throw notAssigned();
    return found;
  }

  async #assertMay(
    { actorId, activation }: AssignmentActor,
    role: StoredRole,
    of: Pick<Delegation, 'tenantId' | 'lasting'>,
    tx: Tx,
  ): Promise<DelegationRight | undefined> {
    if (actorId === undefined) return undefined;
    return this.roleModel.delegation.assertHolds({ actorId, activation, ...of }, [role], tx);
  }

  #tell(accountId: string, tx?: Tx): void {
    if (tx === undefined) this.feed.deliver({ kind: 'authority', accountId });
  }
}

function accountsIn({
  accountId,
  actorId = accountId,
}: {
  readonly accountId: string;
  readonly actorId?: string;
}): string[] {
  return [accountId, actorId];
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

function notAssigned(): AuthError {
  return new AuthError('not_found', { detail: 'The account does not hold this role.' });
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
    case 'no_tenant':
      throw new AuthError('not_found', { detail: 'There is no such tenant.' });
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
  // PostgreSQL takes no NUL in a text.
  if (reason !== undefined && (reason.length > MAX_REASON_LENGTH || reason.includes('\0'))) {
    const message = `must be a text of at most ${MAX_REASON_LENGTH} characters`;
    errors.push({ field: 'reason', message });
  }
  if (errors.length > 0) throw new AuthError('validation_failed', { errors });
}
