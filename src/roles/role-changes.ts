import type { RoleGraph } from '../access/role-graph';
import type { StoredRole } from '../access/stored-role';
import type { AuditEvent } from '../audit/audit-event';

/** What a change adds to a role and takes away from it, as the audit records it. */
export function differenceOf(
  before: StoredRole,
  after: StoredRole,
  graph: RoleGraph,
): NonNullable<AuditEvent['details']> {
  const names = (ids: readonly string[]) => namesOf(ids, graph);
  return {
    ...(before.name === after.name ? {} : { renamedFrom: before.name }),
    ...listed('permissionsAdded', without(after.permissions, before.permissions)),
    ...listed('permissionsRemoved', without(before.permissions, after.permissions)),
    ...listed('parentsAdded', names(without(after.parents, before.parents))),
    ...listed('parentsRemoved', names(without(before.parents, after.parents))),
  };
}

/** Everything that a role grants and inherits directly, as the audit records it. */
export function contentOf(
  { permissions, parents }: StoredRole,
  graph: RoleGraph,
): NonNullable<AuditEvent['details']> {
  return { permissions, parents: namesOf(parents, graph) };
}

export function without(some: readonly string[], others: readonly string[]): readonly string[] {
  return some.filter((item) => !others.includes(item));
}

function namesOf(ids: readonly string[], graph: RoleGraph): readonly string[] {
  return ids.map((id) => graph.get(id)?.name ?? id).sort();
}

function listed(field: string, items: readonly string[]): Record<string, readonly string[]> {
  return items.length === 0 ? {} : { [field]: items };
}
