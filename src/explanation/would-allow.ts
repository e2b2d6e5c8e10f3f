import type { Grants } from '../access/compiled-catalogue';
import { RoleGraph } from '../access/role-graph';
import type { StoredRole } from '../access/stored-role';
import type { Considered } from './considered';
import type { AccessChange, WouldAllow } from './explanation';
import type { ConsideredAssignment } from './explanation.repository';

const MAX_SUGGESTIONS = 10;
const MAX_ROLES_TRIED = 200;

/** Of changes that add equally much: what reaches fewer people and places comes first. */
const ORDER: readonly AccessChange['change'][] = [
  'activate_role',
  'enable_account',
  'enable_tenant',
  'begin_assignment',
  'extend_assignment',
  'assign_role',
  'grant_permission',
];

/**
 * What would turn a denial into a permission. Each suggestion was tried on the facts by the rules that
 * decide requests, separation of duty included. Whether somebody may make the change is decided when
 * they do.
 *
 * Of very many roles that give the permission, those with the fewest grants are tried.
 *
 * @param within the only tenant that whoever asks may change: nothing beyond it is suggested
 */
export function wouldAllow(considered: Considered, within?: string): readonly WouldAllow[] {
  const { code, facts } = considered;
  const isUnknown = facts.status === null || (code === 'tenant_unknown' && facts.tenant === null);
  if (code === 'allowed' || isUnknown) return [];
  return new Suggestions(considered, within).list();
}

class Suggestions {
  readonly #enabling: readonly AccessChange[];
  readonly #now: Grants;

  constructor(
    private readonly considered: Considered,
    private readonly within: string | undefined,
  ) {
    const { isAccountInUse, isTenantInUse, tenantId } = considered;
    this.#enabling = [
      ...(isAccountInUse ? [] : [{ change: 'enable_account' } as const]),
      ...(isTenantInUse || tenantId === undefined
        ? []
        : [{ change: 'enable_tenant', tenantId } as const]),
    ];
    this.#now = considered.grantsOf(considered.held);
  }

  list(): readonly WouldAllow[] {
    const { considered } = this;
    const [first, ...more] = this.#enabling;
    const inUse = considered.grantsOf(considered.heldInUse);
    if (first !== undefined && considered.isAllowed(inUse)) {
      return [{ changes: [first, ...more], addedPermissions: this.#added(inUse) - 1 }];
    }
    return [
      ...this.#activations(),
      ...this.#assignmentsInTime(),
      ...this.#newAssignments(),
      ...this.#grants(),
    ]
      .sort(
        (one, other) =>
          one.addedPermissions - other.addedPermissions || orderOf(one) - orderOf(other),
      )
      .slice(0, MAX_SUGGESTIONS);
  }

  /** The roles that are held and kept apart: the session may choose one of them. */
  #activations(): WouldAllow[] {
    const { heldInUse, graph } = this.considered;
    return heldInUse.flatMap((roleId) => {
      const role = graph.get(roleId);
      if (role === undefined) return [];
      const change = { change: 'activate_role', roleId, role: role.name } as const;
      return this.#try(change, heldInUse, [roleId]) ?? [];
    });
  }

  #assignmentsInTime(): WouldAllow[] {
    const { facts, heldInUse } = this.considered;
    return facts.assignments.flatMap((assignment) => {
      const { id: assignmentId, roleId, tenantId, began, ended } = assignment;
      if (!this.considered.isHere(assignment) || (began && !ended)) return [];
      const role = this.considered.graph.get(roleId);
      if (role === undefined || !this.#mayChange(tenantId) || this.#isApart(role, tenantId))
        return [];
      const change = ended ? 'extend_assignment' : 'begin_assignment';
      return (
        this.#try({ change, assignmentId, roleId, role: role.name, tenantId }, [
          ...heldInUse,
          roleId,
        ]) ?? []
      );
    });
  }

  #newAssignments(): WouldAllow[] {
    const { tenantId: here = null, heldInUse } = this.considered;
    const places = here === null ? [null] : [here, null];
    return this.#rolesThatGive().flatMap((role) =>
      places.flatMap((tenantId) => {
        const isPossible =
          (role.tenantId === null || role.tenantId === tenantId) &&
          this.#mayChange(tenantId) &&
          !this.#isAssigned(role, tenantId) &&
          !this.#isApart(role, tenantId);
        if (!isPossible) return [];
        const change = {
          change: 'assign_role',
          roleId: role.id,
          role: role.name,
          tenantId,
        } as const;
        return this.#try(change, [...heldInUse, role.id]) ?? [];
      }),
    );
  }

  /** What a role grants changes no separation of duty, so a role in effect needs no trial. */
  #grants(): WouldAllow[] {
    const { considered } = this;
    const { heldInUse, graph, question } = considered;
    const addedPermissions = this.#added(considered.grantsOf(heldInUse));
    return considered.activeOf(heldInUse).flatMap((roleId): WouldAllow[] => {
      const role = graph.get(roleId);
      if (role?.origin !== 'database' || !this.#mayChange(role.tenantId)) return [];
      const { permission } = question;
      const change = { change: 'grant_permission', roleId, role: role.name, permission } as const;
      return [{ changes: this.#afterEnabling(change), addedPermissions }];
    });
  }

  #try(
    change: AccessChange,
    held: readonly string[],
    activated?: readonly string[],
  ): WouldAllow | undefined {
    const grants = this.considered.grantsOf([...new Set(held)], activated);
    if (!this.considered.isAllowed(grants)) return undefined;
    return { changes: this.#afterEnabling(change), addedPermissions: this.#added(grants) - 1 };
  }

  #afterEnabling(change: AccessChange): WouldAllow['changes'] {
    const [first, ...more] = this.#enabling;
    return first === undefined ? [change] : [first, ...more, change];
  }

  #added({ bits }: Grants): number {
    return bits.reduce((sum, word, index) => sum + ones(word & ~(this.#now.bits[index] ?? 0)), 0);
  }

  #mayChange(tenantId: string | null): boolean {
    return this.within === undefined || tenantId === this.within;
  }

  #isAssigned({ id }: StoredRole, tenantId: string | null): boolean {
    return this.considered.facts.assignments.some(
      (assignment) => assignment.roleId === id && assignment.tenantId === tenantId,
    );
  }

  /** Whether static separation of duty refuses it, beside what is assigned now or later (AZ-9). */
  #isApart(role: StoredRole, tenantId: string | null): boolean {
    const { catalogue, facts } = this.considered;
    if (catalogue.separate.length === 0) return false;
    const graph = this.#meetingOf(tenantId);
    const codeRolesOf = (id: string) => catalogue.codeClosureOf(graph.reachOf([id]).codeRoles);
    const own = codeRolesOf(role.id);
    return facts.assignments.some(
      (assignment) =>
        assignment.roleId !== role.id &&
        !assignment.ended &&
        canMeet(assignment, tenantId) &&
        catalogue.separatedIn(new Set([...own, ...codeRolesOf(assignment.roleId)])).length > 0,
    );
  }

  #rolesThatGive(): readonly StoredRole[] {
    const { graph, paths } = this.considered;
    const giving = [...graph.roles].filter((role) => paths.from(role, graph) !== undefined);
    if (giving.length <= MAX_ROLES_TRIED) return giving;
    return giving
      .map((role) => ({ role, grants: this.#countGrants(role) }))
      .sort((one, other) => one.grants - other.grants)
      .slice(0, MAX_ROLES_TRIED)
      .map(({ role }) => role);
  }

  #countGrants({ id }: StoredRole): number {
    const { graph, catalogue } = this.considered;
    const { codeRoles, grants } = graph.reachOf([id]);
    return [...catalogue.codeClosureOf(codeRoles)].reduce(
      (sum, name) =>
        sum + (catalogue.hasRole(name) ? (catalogue.roles[name]?.grants.length ?? 0) : 0),
      grants.size,
    );
  }

  /** What is assigned everywhere can meet the roles of every tenant. */
  #meetingOf(tenantId: string | null): RoleGraph {
    const { graph, facts } = this.considered;
    return tenantId === null ? new RoleGraph(facts.roles) : graph;
  }
}

function canMeet(assignment: ConsideredAssignment, tenantId: string | null): boolean {
  return tenantId === null || assignment.tenantId === null || assignment.tenantId === tenantId;
}

/** By the last change: the ones before it only put the account and the tenant in use. */
function orderOf({ changes }: WouldAllow): number {
  const last = changes.at(-1);
  if (last === undefined) return ORDER.length;
  const isEverywhere = 'tenantId' in last && last.tenantId === null;
  return ORDER.indexOf(last.change) + (isEverywhere ? 0.5 : 0);
}

function ones(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
