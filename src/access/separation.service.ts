import { Injectable } from '@nestjs/common';
import type { Tx } from '../database/database';
import { AuthError } from '../errors/auth-error';
import { CompiledCatalogue } from './compiled-catalogue';
import { RoleGraph } from './role-graph';
import { RoleModelRepository, type SetMembership } from './role-model.repository';
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

  /**
   * The roles, by id, that nobody may hold together with this one.
   *
   * @throws AuthError `separation_of_duty` for a role that joins by itself what must stay apart: a rule
   * that is younger than the role
   */
  async rolesApartFrom(
    role: StoredRole,
    tenantId: string | undefined,
    tx: Tx,
  ): Promise<readonly string[]> {
    if (this.catalogue.separate.length === 0) return [];
    const graph = new RoleGraph(await this.model.all(tenantId, tx));
    const own = this.#membersIn(graph, role.id);
    if (joins(own)) throw joined('The role joins what nobody holds together.');
    if (own.every((members) => members.length === 0)) return [];
    return [...graph.roles]
      .map(({ id }) => id)
      .filter((id) => joins(merged(own, this.#membersIn(graph, id))));
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
    const changed = [...graph.roles]
      .map(({ id }) => id)
      .filter((id) => graph.closureOf([id]).has(role.id));
    if (changed.some((id) => joins(this.#membersIn(graph, id)))) throw joined();
    const memberships = this.#membershipsIn(graph);
    if (!memberships.some(({ roleId }) => changed.includes(roleId))) return;
    if ((await this.model.holderOfTwo(memberships, changed, tx)) !== undefined) throw joined();
  }

  /**
   * Checks roles that one session is about to have active together (dynamic separation of duty).
   *
   * @throws AuthError `separation_of_duty`
   */
  async assertActivation(roleIds: readonly string[], tenantId: string | undefined): Promise<void> {
    if (this.catalogue.separateInSession.length === 0) return;
    const graph = new RoleGraph(await this.model.all(tenantId));
    const reached = this.catalogue.codeClosureOf(graph.reachOf(roleIds).codeRoles);
    if (this.catalogue.separatedInSession(reached).length === 0) return;
    throw new AuthError('separation_of_duty', {
      detail: 'These roles are never active in one session together.',
    });
  }

  /**
   * An account that already holds what the catalogue keeps apart, by two roles or by one that joins
   * them: the rule is younger than its roles.
   */
  async findViolation(): Promise<string | undefined> {
    if (this.catalogue.separate.length === 0) return undefined;
    const graph = new RoleGraph(await this.model.all(undefined));
    return this.model.holderOfTwo(this.#membershipsIn(graph), undefined);
  }

  #membershipsIn(graph: RoleGraph): SetMembership[] {
    return [...graph.roles].flatMap(({ id: roleId }) =>
      this.#membersIn(graph, roleId).flatMap((members, set) =>
        members.map((member) => ({ roleId, set, member })),
      ),
    );
  }

  /** Which members of each set a role amounts to, inherited ones included. */
  #membersIn(graph: RoleGraph, id: string): MembersBySet {
    const reached = this.catalogue.codeClosureOf(graph.reachOf([id]).codeRoles);
    return this.catalogue.separate.map((set) => set.filter((name) => reached.has(name)));
  }
}

type MembersBySet = readonly (readonly string[])[];

function joins(members: MembersBySet): boolean {
  return members.some((of) => new Set(of).size > 1);
}

function merged(one: MembersBySet, other: MembersBySet): MembersBySet {
  return one.map((members, set) => [...members, ...(other[set] ?? [])]);
}

function joined(detail = 'Somebody would hold roles that nobody holds together.'): AuthError {
  return new AuthError('separation_of_duty', { detail });
}
