import { Injectable } from '@nestjs/common';
import type { Tx } from '../database/database';
import { AuthError } from '../errors/auth-error';
import { CompiledCatalogue } from './compiled-catalogue';
import { RoleGraph } from './role-graph';
import { RoleModelRepository, type RolePair } from './role-model.repository';
import type { StoredRole } from './stored-role';

/**
 * Static separation of duty (INCITS 359 §6.3): of some roles nobody may hold more than one, inherited
 * ones included. It is asked by whoever assigns a role and by whoever changes one, within the
 * transaction that does, while the model is held still or locked (AZ-9).
 */
@Injectable()
export class SeparationService {
  constructor(
    private readonly catalogue: CompiledCatalogue,
    private readonly model: RoleModelRepository,
  ) {}

  /** The roles, by id, that nobody may hold together with this one. */
  async rolesApartFrom(
    role: StoredRole,
    tenantId: string | undefined,
    tx: Tx,
  ): Promise<readonly string[]> {
    if (this.catalogue.separate.length === 0) return [];
    const graph = new RoleGraph(await this.model.all(tenantId, tx));
    return this.#pairsOf(graph, new Set([role.id])).map(([, other]) => other);
  }

  /**
   * Checks a role as it is about to be.
   *
   * @throws AuthError `separation_of_duty` when it joins what must stay apart, or somebody who holds it
   * or a role above it would hold too much
   */
  async assertChange(role: StoredRole, tx: Tx): Promise<void> {
    if (this.catalogue.separate.length === 0) return;
    const graph = new RoleGraph(await this.model.all(role.tenantId ?? undefined, tx)).with(role);
    const changed = [...graph.roles].filter(({ id }) => graph.closureOf([id]).has(role.id));
    if (changed.some(({ id }) => this.#joins(graph, id))) throw joined();
    const pairs = this.#pairsOf(graph, new Set(changed.map(({ id }) => id)));
    if (pairs.length === 0) return;
    if ((await this.model.holderOfBoth(pairs, tx)) !== undefined) throw joined();
  }

  /** An account that already holds what the catalogue keeps apart: the rule is younger than its roles. */
  async findViolation(): Promise<string | undefined> {
    if (this.catalogue.separate.length === 0) return undefined;
    const graph = new RoleGraph(await this.model.all(undefined));
    const pairs = this.#pairsOf(graph, new Set([...graph.roles].map(({ id }) => id)));
    return pairs.length === 0 ? undefined : this.model.holderOfBoth(pairs);
  }

  #pairsOf(graph: RoleGraph, some: ReadonlySet<string>): RolePair[] {
    const reached = new Map(
      [...graph.roles].map(({ id }) => [id, this.#codeRolesOf(graph, id)] as const),
    );
    return [...some].flatMap((one) =>
      [...reached].flatMap(([other, theirs]): RolePair[] => {
        if (other === one) return [];
        const both = new Set([...(reached.get(one) ?? []), ...theirs]);
        return this.catalogue.separatedIn(both).length > 0 ? [[one, other]] : [];
      }),
    );
  }

  #joins(graph: RoleGraph, id: string): boolean {
    return this.catalogue.separatedIn(this.#codeRolesOf(graph, id)).length > 0;
  }

  #codeRolesOf(graph: RoleGraph, id: string): ReadonlySet<string> {
    return this.catalogue.codeClosureOf(graph.reachOf([id]).codeRoles);
  }
}

function joined(): AuthError {
  return new AuthError('separation_of_duty', {
    detail: 'Somebody would hold roles that nobody holds together.',
  });
}
