import { Injectable } from '@nestjs/common';
import { CompiledCatalogue } from '../access/compiled-catalogue';
import { RoleModel } from '../access/role-model';
import type { AuditAction } from '../audit/audit-actions';
import type { AuditEvent } from '../audit/audit-event';
import { ChangeFeed } from '../change-feed/change-feed';
import { isId, newId } from '../database/identifiers';
import { keysetOf, pageOf, type Page } from '../database/page';
import { canMatch, type TenantScope } from '../database/tenant-scope';
import { UnitOfWork } from '../database/unit-of-work';
import { AuthError } from '../errors/auth-error';
import type { NewRole, Role, RoleActor, RoleChange, RoleQuery } from './role';
import { contentOf, differenceOf } from './role-changes';
import { folded, refuseInvalidRole } from './role-input';
import { RoleRules } from './role-rules';
import { RolesRepository } from './roles.repository';

const MAX_QUERY_LENGTH = 64;
const ORIGINS: readonly unknown[] = ['code', 'database'];
const REQUIRED = ['name', 'permissions', 'parents'] as const;

/**
 * The roles there are, and the rules by which those of the database change: nobody edits a role above
 * their own or makes one beyond it (AZ-5), no role inherits itself (AZ-8), and nobody comes to hold
 * what must stay apart (AZ-9).
 *
 * A change is one transaction that holds the whole model, so that of several at once each sees what the
 * one before did. It is audited, raises the authority version, and reaches every instance by the feed.
 *
 * @publicApi
 */
@Injectable()
export class RolesService {
  constructor(
    private readonly roles: RolesRepository,
    private readonly rules: RoleRules,
    private readonly roleModel: RoleModel,
    private readonly catalogue: CompiledCatalogue,
    private readonly unitOfWork: UnitOfWork,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * The newest first: with a tenant, roles for every tenant and those of this one; without, all.
   *
   * @throws AuthError `validation_failed` for a limit or cursor that is none
   */
  async list(query: RoleQuery, scope: TenantScope): Promise<Page<Role>> {
    const keyset = keysetOf(query);
    const { q, origin } = query;
    const isAskable =
      canMatch(scope.tenantId) &&
      (q === undefined || isPartOfName(q)) &&
      (origin === undefined || ORIGINS.includes(origin));
    if (!isAskable) return pageOf([], keyset);
    const rows = await this.roles.page({ q, origin, tenantId: scope.tenantId }, keyset);
    return pageOf(await this.#complete(rows), keyset);
  }

  /** @throws AuthError `not_found`, also for a role of another tenant (AD-2) */
  async get(id: string, scope: TenantScope): Promise<Role> {
    const found =
      isId(id) && canMatch(scope.tenantId) ? await this.roles.find(id, scope.tenantId) : undefined;
    const [role] = await this.#complete(found === undefined ? [] : [found]);
    if (role === undefined) throw new AuthError('not_found');
    return role;
  }

  /**
   * Creates a role.
   *
   * @throws AuthError `validation_failed`, `forbidden` (the actor does not hold what the role would
   * give), `conflict` (the name is taken), `role_cycle`, `separation_of_duty`, `not_found` (the tenant)
   */
  async create(given: NewRole, by: RoleActor, scope: TenantScope): Promise<Role> {
    refuseInvalidRole(given, (grant) => this.catalogue.isGrantable(grant), REQUIRED);
    const tenantId = tenantOf(given.tenantId, scope);
    const after = {
      id: newId(),
      name: given.name,
      description: given.description ?? null,
      origin: 'database',
      tenantId,
      permissions: folded(given.permissions),
      parents: folded(given.parents),
    } as const;
    const created = await this.unitOfWork.run(async (tx) => {
      await this.roleModel.stored.lock(tx);
      const { right, graph } = await this.rules.judge({ after, by, given: given.parents }, tx);
      const details = { ...contentOf(after, graph), ...right };
      const made = await this.roles.insert(after, eventOf('role_created', after, by, details), tx);
      if (!made) throw unknownTenant();
      return this.roles.find(after.id, undefined, tx);
    });
    this.#tell(tenantId);
    return existing(created);
  }

  /**
   * Changes a role; whoever holds it keeps it, also under another name.
   *
   * @throws AuthError as {@link create}, `forbidden` also for a role above the actor's own and, with a
   * tenant, for one of every tenant; `conflict` also for a role of code; `not_found`
   */
  async update(id: string, change: RoleChange, by: RoleActor, scope: TenantScope): Promise<Role> {
    refuseInvalidRole(change, (grant) => this.catalogue.isGrantable(grant));
    const { role, changed } = await this.unitOfWork.run(async (tx) => {
      await this.roleModel.stored.lock(tx);
      const found = await this.#changeable(id, scope, (...of) => this.roles.find(...of, tx));
      const before = { ...found, parents: found.parents.map((parent) => parent.id) };
      const after = {
        ...before,
        name: change.name ?? before.name,
        description: change.description === undefined ? before.description : change.description,
        permissions: folded(change.permissions ?? before.permissions),
        parents: folded(change.parents ?? before.parents),
      };
      const { right, graph } = await this.rules.judge(
        { before, after, by, given: change.parents ?? [] },
        tx,
      );
      const difference = differenceOf(before, after, graph);
      const isSame =
        Object.keys(difference).length === 0 && before.description === after.description;
      if (isSame) return { role: found, changed: false };
      const details = { ...difference, ...right };
      await this.roles.update(after, eventOf('role_updated', after, by, details), tx);
      return { role: await this.roles.find(id, undefined, tx), changed: true };
    });
    const updated = existing(role);
    if (changed) this.#tell(updated.tenantId);
    return updated;
  }

  /**
   * Deletes a role that nobody holds, now or later, and no role inherits. Assignments that have run out
   * go with it.
   *
   * @throws AuthError `conflict` while it is held or inherited and for a role of code, `forbidden` for a
   * role above the actor's own and, with a tenant, for one of every tenant; `not_found`
   */
  async delete(id: string, by: RoleActor, scope: TenantScope): Promise<void> {
    const tenantId = await this.unitOfWork.run(async (tx) => {
      await this.roleModel.stored.lock(tx);
      const found = await this.#changeable(id, scope, (...of) => this.roles.find(...of, tx));
      const before = { ...found, parents: found.parents.map((parent) => parent.id) };
      const { right, graph } = await this.rules.judge({ before, by, given: [] }, tx);
      const { held, inherited } = await this.roles.useOf(id, tx);
      if (held) throw new AuthError('conflict', { detail: 'Somebody holds the role.' });
      if (inherited) throw new AuthError('conflict', { detail: 'Another role inherits it.' });
      const details = { ...contentOf(before, graph), ...right };
      await this.roles.delete(id, eventOf('role_deleted', before, by, details), tx);
      return found.tenantId;
    });
    this.#tell(tenantId);
  }

  async #changeable(
    id: string,
    { tenantId }: TenantScope,
    find: (id: string, tenantId: string | undefined) => Promise<Role | undefined>,
  ): Promise<Role> {
    const found = isId(id) && canMatch(tenantId) ? await find(id, tenantId) : undefined;
    const role = existing(found);
    if (tenantId !== undefined && role.tenantId === null) throw new AuthError('forbidden');
    if (role.origin === 'code') {
      throw new AuthError('conflict', { detail: 'The role is declared in code.' });
    }
    return role;
  }

  /** What roles of code grant and inherit is in the catalogue. */
  async #complete(roles: readonly Role[]): Promise<readonly Role[]> {
    if (!roles.some(({ origin }) => origin === 'code')) return roles;
    const known = await this.roles.codeRoles();
    return roles.map((role) => {
      if (role.origin !== 'code' || !this.catalogue.hasRole(role.name)) return role;
      const { grants = [], inherits = [] } = this.catalogue.roles[role.name] ?? {};
      return {
        ...role,
        permissions: grants,
        parents: known.filter(({ name }) => inherits.includes(name)),
      };
    });
  }

  #tell(tenantId: string | null): void {
    this.feed.deliver({ kind: 'authority', ...(tenantId === null ? {} : { tenantId }) });
  }
}

/** A caller who sees one tenant makes roles for that tenant, and of the others none exists. */
function tenantOf(given: string | undefined, scope: TenantScope): string | null {
  const tenantId = given ?? scope.tenantId;
  if (tenantId === undefined) return null;
  const isForeign = scope.tenantId !== undefined && scope.tenantId !== tenantId;
  if (isForeign || !isId(tenantId)) throw unknownTenant();
  return tenantId;
}

function isPartOfName(q: unknown): q is string {
  return typeof q === 'string' && q.length <= MAX_QUERY_LENGTH && !q.includes('\0');
}

function existing(role: Role | undefined): Role {
  if (role === undefined) throw new AuthError('not_found');
  return role;
}

function unknownTenant(): AuthError {
  return new AuthError('not_found', { detail: 'There is no such tenant.' });
}

function eventOf(
  action: AuditAction,
  { id, name }: { readonly id: string; readonly name: string },
  { actorId, origin }: RoleActor,
  details: NonNullable<AuditEvent['details']>,
): AuditEvent {
  const target = `role:${name}`;
  return {
    action,
    outcome: 'success',
    actorId,
    origin,
    target,
    details: { roleId: id, ...details },
  };
}
