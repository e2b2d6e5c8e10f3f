/**
 * What the library's own routes ask for, by resource. The permission is `auth.<resource>:<action>`.
 *
 * `assignments:any` stands for "may grant what it does not hold itself" and is audited. The wildcard
 * `auth.assignments:*` does not contain it.
 *
 * @publicApi
 */
export const LIBRARY_RESOURCES = {
  users: ['read', 'create', 'update', 'disable', 'enable', 'unlock', 'send-reset'],
  sessions: ['read', 'revoke'],
  roles: ['read', 'create', 'update', 'delete'],
  assignments: ['read', 'create', 'delete', 'any'],
  permissions: ['read'],
  tenants: ['read', 'create', 'update'],
  access: ['explain', 'routes'],
  audit: ['read'],
  keys: ['read', 'rotate', 'revoke'],
  tokens: ['introspect'],
} as const;

type LibraryResource = keyof typeof LIBRARY_RESOURCES;

/** A permission that the library's own routes ask for. @publicApi */
export type LibraryPermission = {
  [Resource in LibraryResource]: `auth.${Resource}:${(typeof LIBRARY_RESOURCES)[Resource][number]}`;
}[LibraryResource];

/** What a role may be granted of the library's permissions. @publicApi */
export type LibraryGrant =
  LibraryPermission | `auth.${LibraryResource}:*` | typeof LIBRARY_WILDCARD;

/** Grants every permission of the library, today's and those of later versions. */
export const LIBRARY_WILDCARD = 'auth.*';

/** The namespace that no resource of a team may enter. */
export const LIBRARY_NAMESPACE = 'auth';

/**
 * The reserved role: it grants `auth.*` always, and more where a catalogue widens it.
 *
 * @publicApi
 */
export const ADMINISTRATOR_ROLE = 'administrator';

/** The permissions of the library in the order of their table. */
export const LIBRARY_PERMISSIONS: readonly LibraryPermission[] = Object.freeze(
  Object.entries(LIBRARY_RESOURCES).flatMap(([resource, actions]) =>
    actions.map((action) => `${LIBRARY_NAMESPACE}.${resource}:${action}` as LibraryPermission),
  ),
);

/** Stands for "may give what it does not hold itself"; every use of it is audited. */
export const GIVES_ANYTHING = 'auth.assignments:any' satisfies LibraryPermission;

/** The grants that give a permission, the narrowest first (AZ-11). */
export function grantsGiving(permission: string): readonly string[] {
  // It amounts to every permission there is, so nobody hands it out by a wildcard over one resource.
  if (permission === GIVES_ANYTHING) return [permission, LIBRARY_WILDCARD, '*'];
  const resource = resourceOf(permission);
  const isOfLibrary = resource.startsWith(`${LIBRARY_NAMESPACE}.`);
  return [permission, `${resource}:*`, ...(isOfLibrary ? [LIBRARY_WILDCARD] : []), '*'];
}

/** Whether a grant gives anything of the library: powers of administration. */
export function isOfAdministration(grant: string): boolean {
  return grant === '*' || grant.startsWith(`${LIBRARY_NAMESPACE}.`);
}

/** What stands before the action of a permission. */
export function resourceOf(permission: string): string {
  return permission.slice(0, permission.indexOf(':'));
}
