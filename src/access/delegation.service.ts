import { Injectable, Logger } from '@nestjs/common';
import { newId } from '../database/identifiers';
import type { Tx } from '../database/database';
import { AuthError } from '../errors/auth-error';
import { GIVES_ANYTHING, isOfAdministration } from '../route-access/library-permissions';
import type { RoleActivation } from '../route-access/principal';
import { activeRoles } from './active-roles';
import { GrantedAuthority, NOBODY, type Authority } from './authority';
import { AuthorityRepository } from './authority.repository';
import { heldRolesOf, type Lasting } from './holding';
import { CompiledCatalogue, type Grants } from './compiled-catalogue';
import { RoleGraph } from './role-graph';
import { RoleModelRepository } from './role-model.repository';
import type { StoredRole } from './stored-role';

/** Who gives or takes something, and where. */
export interface Delegation {
  readonly actorId: string;
  /** The roles that are active in the actor's session, where it chose some. */
  readonly activation?: RoleActivation;
  /** Where it will count. Left out: in every tenant, so the actor must hold it in every tenant. */
  readonly tenantId?: string;
  /**
   * Until when what is given shall last: the actor must hold it as long. Left out: what the actor
   * holds at present counts, as for taking something away.
   */
  readonly lasting?: Lasting;
}

/** By which right something was given. */
export type DelegationRight = 'held' | typeof GIVES_ANYTHING;

/**
 * Nobody gives what they do not hold there themselves, by whatever path (AZ-5): not by a role, a
 * parent of a role, nor an assignment, and not for longer than they hold it. Nor does anybody take
 * from, or change, what stands above them.
 *
 * Whether the tenant is disabled does not count: what somebody holds there can be taken away.
 *
 * It reads the database within the transaction of the change, never a cache.
 */
@Injectable()
export class DelegationService {
  readonly #logger = new Logger('Delegation');

  constructor(
    private readonly catalogue: CompiledCatalogue,
    private readonly stored: AuthorityRepository,
    private readonly model: RoleModelRepository,
  ) {}

  /**
   * Whether the actor holds everything that some roles amount to, and as long as it shall last.
   *
   * @throws AuthError `forbidden`
   */
  async assertHolds(
    delegation: Delegation,
    roles: readonly StoredRole[],
    tx: Tx,
  ): Promise<DelegationRight> {
    // A statement of its own: whoever takes something from the actor comes wholly before or after.
    await this.stored.holdStill(delegation.actorId, tx);
    const authority = await this.#authorityOf(delegation, tx);
    const { patterns, inherited } = await this.#grantsOf(roles, delegation.tenantId, tx);
    const missing = [...patterns].filter((grant) => !authority.covers(grant)).sort();
    // A role of code may be named by a route, so holding all of its permissions is not holding it.
    const above = [...inherited].filter((role) => !authority.hasRole(role)).sort();
    if (missing.length + above.length === 0) return 'held';
    if (authority.has(GIVES_ANYTHING)) return GIVES_ANYTHING;
    this.#log(delegation, { missing, above });
    throw new AuthError('forbidden');
  }

  /**
   * Whether an account has no powers of administration that the actor does not have there too, in force
   * or not. On its own account everybody may act.
   *
   * @param delegation with a tenant: only what counts there is asked for
   * @param tx the transaction of the act, if it may be; both accounts stay as they are until it ends
   * @throws AuthError `forbidden`
   */
  async assertNotAbove(delegation: Delegation, accountId: string, tx: Tx): Promise<void> {
    const { actorId, tenantId } = delegation;
    if (actorId === accountId) return;
    await this.stored.lock([actorId, accountId], tx);
    const powers = await this.#powersOf(accountId, tenantId, tx);
    if (powers.size === 0) return;
    const here = await this.#authorityOf(delegation, tx);
    if (here.has(GIVES_ANYTHING)) return;
    for (const [place, grants] of powers) {
      const beyond = [...grants].filter((grant) => !here.covers(grant)).sort();
      if (beyond.length === 0) continue;
      const there = { ...delegation, tenantId: place };
      const authority = await this.#authorityOf(there, tx);
      const missing = beyond.filter((grant) => !authority.covers(grant));
      if (missing.length === 0 || authority.has(GIVES_ANYTHING)) continue;
      this.#log(there, { missing, above: [accountId] });
      throw new AuthError('forbidden');
    }
  }

  /** What an account's roles grant of the library, by the tenant where it counts. */
  async #powersOf(
    accountId: string,
    tenantId: string | undefined,
    tx: Tx,
  ): Promise<ReadonlyMap<string | undefined, ReadonlySet<string>>> {
    const { given, roles } = await this.stored.powersOf(accountId, tenantId, tx);
    const graph = new RoleGraph(roles);
    const powers = new Map<string | undefined, Set<string>>();
    for (const { roleId, tenantId: place } of given) {
      const { patterns } = this.catalogue.grantsOfReach(graph.reachOf([roleId]));
      const where = tenantId ?? place ?? undefined;
      for (const grant of patterns) {
        if (!isOfAdministration(grant)) continue;
        powers.set(where, (powers.get(where) ?? new Set()).add(grant));
      }
    }
    return powers;
  }

  async #authorityOf(delegation: Delegation, tx: Tx): Promise<Authority> {
    const { actorId, tenantId, activation, lasting } = delegation;
    const stored = await this.stored.find(actorId, tenantId, tx);
    if (stored === undefined) return new GrantedAuthority(NOBODY, this.catalogue);
    const read = (how?: Lasting) =>
      heldRolesOf(stored.holding, tenantId, { lasting: how, inDisabledTenants: true });
    const graph = new RoleGraph(stored.roles);
    const { catalogue } = this;
    const { version, held: all } = read();
    // Decided by all that is held: a role that another one keeps apart at present is no help later.
    const active = activeRoles(all, { graph, catalogue, activated: activation?.roleIds });
    const held = { version, held: read(lasting).held, graph };
    return new GrantedAuthority(held, catalogue, active);
  }

  /**
   * What the roles amount to, each by itself: they may not be in the database in this form yet, and two
   * of them may be one role before and after its change.
   */
  async #grantsOf(
    roles: readonly StoredRole[],
    tenantId: string | undefined,
    tx: Tx,
  ): Promise<Pick<Grants, 'patterns' | 'inherited'>> {
    const inherits = roles.some(({ parents }) => parents.length > 0);
    const graph = new RoleGraph(inherits ? await this.model.all(tenantId, tx) : []);
    const grants = roles.map((role) =>
      this.catalogue.grantsOfReach(graph.with(role).reachOf([role.id])),
    );
    return {
      patterns: new Set(grants.flatMap(({ patterns }) => [...patterns])),
      inherited: new Set(grants.flatMap(({ inherited }) => [...inherited])),
    };
  }

  #log(delegation: Delegation, lacking: Record<string, readonly string[]>): void {
    const { actorId, tenantId } = delegation;
    const decision = { decisionId: newId(), accountId: actorId, tenantId, ...lacking };
    this.#logger.warn(JSON.stringify({ event: 'authz_fail', rule: 'delegation', ...decision }));
  }
}
