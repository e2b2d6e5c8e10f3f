import {
  brandCatalogue,
  type AccessCatalogue,
  type ActionsByResource,
  type GrantIn,
  type NonEmpty,
  type PermissionsIn,
  type RoleDeclaration,
  type RoleDefinition,
} from './access-catalogue';
import { checkAccess } from './check-access';
import {
  ADMINISTRATOR_ROLE,
  LIBRARY_PERMISSIONS,
  LIBRARY_WILDCARD,
  type LibraryPermission,
} from './library-permissions';

/** Sets of at least two roles. @publicApi */
export type SeparateRoles<Role extends string> = readonly (readonly [Role, ...NonEmpty<Role>])[];

/** What a team declares: its permissions, its roles, and which roles exclude each other. @publicApi */
export interface AccessDeclaration<Resources extends ActionsByResource, Role extends string> {
  /** The actions of each resource. Names match exactly; `auth` and `auth.…` belong to the library. */
  readonly permissions: Resources;
  /** What each role grants and which roles it inherits. Declaring `administrator` widens it. */
  readonly roles: {
    readonly [Name in Role]: RoleDeclaration<
      GrantIn<NoInfer<Resources>>,
      NoInfer<Role> | typeof ADMINISTRATOR_ROLE
    >;
  };
  /** Sets of roles of which nobody may hold more than one, inherited roles included. */
  readonly separate?: SeparateRoles<NoInfer<Role> | typeof ADMINISTRATOR_ROLE>;
  /**
   * Sets of roles that one account may hold, but of which a session has at most one active, inherited
   * roles included (dynamic separation of duty, ANSI INCITS 359).
   */
  readonly separateInSession?: SeparateRoles<NoInfer<Role>>;
}

/**
 * Declares every permission and role of an application, typed: a misspelt permission or parent does
 * not compile, and does not boot where nobody compiled.
 *
 * @example
 * export const access = defineAccess({
 *   permissions: { invoices: ['read', 'approve'] },
 *   roles: {
 *     viewer: { grants: ['invoices:read'] },
 *     approver: { inherits: ['viewer'], grants: ['invoices:approve'] },
 *   },
 * });
 *
 * @throws ConfigurationError naming each unknown name, empty list, cycle and role that joins what
 * `separate` keeps apart
 *
 * @publicApi
 */
export function defineAccess<const Resources extends ActionsByResource, Role extends string>(
  declaration: AccessDeclaration<Resources, Role>,
): AccessCatalogue<PermissionsIn<Resources> | LibraryPermission, Role | typeof ADMINISTRATOR_ROLE> {
  checkAccess(declaration);
  const own = Object.entries(declaration.permissions).flatMap(([resource, actions]) =>
    actions.map((action) => `${resource}:${action}` as PermissionsIn<Resources>),
  );
  return brandCatalogue({
    permissions: Object.freeze([...LIBRARY_PERMISSIONS, ...own]),
    roles: definitionsOf<Role>(declaration.roles),
    separate: frozenSets(declaration.separate),
    separateInSession: frozenSets(declaration.separateInSession),
  });
}

function frozenSets<Role extends string>(
  sets: readonly (readonly Role[])[] = [],
): readonly (readonly Role[])[] {
  return Object.freeze(sets.map((set) => Object.freeze([...set])));
}

function definitionsOf<Role extends string>(
  declared: Readonly<Record<string, RoleDeclaration<string, string>>>,
): Readonly<Record<Role | typeof ADMINISTRATOR_ROLE, RoleDefinition>> {
  // Without a prototype, a role named like a member of Object is only ever a role.
  const definitions = Object.create(null) as Record<string, RoleDefinition>;
  for (const name of new Set([ADMINISTRATOR_ROLE, ...Object.keys(declared)])) {
    const role = Object.hasOwn(declared, name) ? declared[name] : undefined;
    const always = name === ADMINISTRATOR_ROLE ? [LIBRARY_WILDCARD] : [];
    definitions[name] = Object.freeze({
      ...(role?.description === undefined ? {} : { description: role.description }),
      grants: Object.freeze([...new Set([...always, ...(role?.grants ?? [])])]),
      inherits: Object.freeze([...new Set(role?.inherits ?? [])]),
    });
  }
  return Object.freeze(definitions);
}
