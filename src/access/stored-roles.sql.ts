import type { AuthTables } from '../database/tables';

/**
 * The roles whose ids a CTE lists, each with what it grants and inherits, as one JSON array of
 * `StoredRole`s.
 */
export function storedRolesSql({ roles, rolePermissions, roleParents }: AuthTables, ids: string) {
  return `(SELECT coalesce(jsonb_agg(jsonb_build_object(
      'id', r.id, 'name', r.name, 'origin', r.origin, 'tenantId', r.tenant_id,
      'permissions', (SELECT coalesce(jsonb_agg(g.permission ORDER BY g.permission), '[]')
        FROM ${rolePermissions} g WHERE g.role_id = r.id),
      'parents', (SELECT coalesce(jsonb_agg(p.parent_id ORDER BY p.parent_id), '[]')
        FROM ${roleParents} p WHERE p.role_id = r.id))), '[]')
    FROM ${roles} r WHERE r.id IN (SELECT id FROM ${ids}))`;
}

/**
 * A recursive CTE body: the given roles and everything they inherit. A role of another tenant is
 * never followed, even where a row says so (AD-2).
 */
export function reachedRolesSql(
  { roles, roleParents }: AuthTables,
  start: string,
  tenant: string,
): string {
  return `${start}
    UNION
    SELECT r.id FROM reached d JOIN ${roleParents} p ON p.role_id = d.id
      JOIN ${roles} r ON r.id = p.parent_id AND (r.tenant_id IS NULL OR r.tenant_id = ${tenant})`;
}
