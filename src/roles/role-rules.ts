import { Injectable } from '@nestjs/common';
import { CompiledCatalogue } from '../access/compiled-catalogue';
import { RoleGraph } from '../access/role-graph';
import { RoleModel } from '../access/role-model';
import type { StoredRole } from '../access/stored-role';
import type { Tx } from '../database/database';
import { AuthError } from '../errors/auth-error';
import type { RoleActor } from './role';
import { without } from './role-changes';
import { NO_SUCH_PARENT } from './role-input';

/** A role before and after a change; without the one it is created, without the other deleted. */
export interface RoleTransition {
  readonly before?: StoredRole;
  readonly after?: StoredRole;
  readonly by: RoleActor;
  /** The parents as the caller listed them, so that an error names the right one. */
  readonly given: readonly string[];
}

/** What was found about a change that may happen. */
export interface JudgedTransition {
  /** For the audit: by which right, where the actor does not hold it all. */
  readonly right: { readonly right?: string };
  /** Every role that can meet the changed one, as it was before. */
  readonly graph: RoleGraph;
}

/** Decides whether a role may change, while the caller's transaction holds the model. */
@Injectable()
export class RoleRules {
  constructor(
    private readonly roleModel: RoleModel,
    private readonly catalogue: CompiledCatalogue,
  ) {}

  /** @throws AuthError `validation_failed`, `forbidden`, `conflict`, `role_cycle`, `separation_of_duty` */
  async judge({ before, after, by, given }: RoleTransition, tx: Tx): Promise<JudgedTransition> {
    const tenantId = (after ?? before)?.tenantId ?? undefined;
    const graph = new RoleGraph(await this.roleModel.stored.all(tenantId, tx));
    const added = without(after?.parents ?? [], before?.parents ?? []);
    this.#refuseUnknownParents(added, { tenantId: tenantId ?? null, given, graph });
    const right = await this.#assertHolds({ before, after, by }, tenantId, tx);
    if (after !== undefined) {
      if (after.name !== before?.name) this.#refuseTakenName(after, graph);
      if (graph.closureOf(after.parents).has(after.id)) throw new AuthError('role_cycle');
      // Permissions cannot join what stays apart, and neither can a parent that goes.
      if (added.length > 0) await this.roleModel.separation.assertChange(after, tx);
    }
    return { right: right === undefined ? {} : { right }, graph };
  }

  /**
   * As the role is, and as it will be: nobody edits a role above their own, or raises one above it. A
   * role lasts, so who holds something for a time puts it into none.
   */
  async #assertHolds(
    { before, after, by }: Pick<RoleTransition, 'before' | 'after' | 'by'>,
    tenantId: string | undefined,
    tx: Tx,
  ): Promise<string | undefined> {
    const { actorId, activation } = by;
    if (actorId === undefined) return undefined;
    const { delegation } = this.roleModel;
    const of = { actorId, activation, tenantId };
    const rights = [
      before && (await delegation.assertHolds(of, [before], tx)),
      after && (await delegation.assertHolds({ ...of, lasting: 'for_ever' }, [after], tx)),
    ];
    return rights.find((right) => right !== undefined && right !== 'held');
  }

  /** A parent that belongs to a tenant serves this tenant's roles only, never one for every tenant. */
  #refuseUnknownParents(
    added: readonly string[],
    of: {
      readonly tenantId: string | null;
      readonly given: readonly string[];
      readonly graph: RoleGraph;
    },
  ): void {
    const errors = added
      .filter((id) => {
        const parent = of.graph.get(id);
        if (parent === undefined) return true;
        const isVisible = parent.tenantId === null || parent.tenantId === of.tenantId;
        return !isVisible || (parent.origin === 'code' && !this.catalogue.hasRole(parent.name));
      })
      .map((id) => ({ field: `parents.${of.given.indexOf(id)}`, message: NO_SUCH_PARENT }));
    if (errors.length > 0) throw new AuthError('validation_failed', { errors });
  }

  /** The database also knows the roles that this code, or older or newer code beside it, declares. */
  #refuseTakenName({ id, name, tenantId }: StoredRole, graph: RoleGraph): void {
    const key = name.toLowerCase();
    const taken = [...graph.roles].some(
      (role) =>
        role.id !== id &&
        role.name.toLowerCase() === key &&
        (role.origin === 'code' || role.tenantId === tenantId),
    );
    if (taken) throw new AuthError('conflict', { detail: 'The name is taken.' });
  }
}
