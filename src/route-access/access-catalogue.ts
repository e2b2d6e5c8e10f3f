import type { ADMINISTRATOR_ROLE, LibraryGrant } from './library-permissions';

/** At least one. */
export type NonEmpty<Item> = readonly [Item, ...Item[]];

/** The actions of each resource, for example `{ invoices: ['read', 'approve'] }`. @publicApi */
export type ActionsByResource = Readonly<Record<string, readonly string[]>>;

/** Every `resource:action` of a table of actions. @publicApi */
export type PermissionsIn<Resources extends ActionsByResource> = {
  [Resource in keyof Resources & string]: `${Resource}:${Resources[Resource][number]}`;
}[keyof Resources & string];

/** What a role may be granted: a permission, all actions of one resource, `auth.*`, or everything. @publicApi */
export type GrantIn<Resources extends ActionsByResource> =
  '*' | `${keyof Resources & string}:*` | PermissionsIn<Resources> | LibraryGrant;

/** How a team declares a role: it grants something, inherits something, or both. @publicApi */
export type RoleDeclaration<Grant extends string, Parent extends string> = {
  /** For people who assign the role. */
  readonly description?: string;
} & (
  | { readonly grants: NonEmpty<Grant>; readonly inherits?: NonEmpty<Parent> }
  | { readonly grants?: undefined; readonly inherits: NonEmpty<Parent> }
);

/** A role of a catalogue, checked and complete. @publicApi */
export interface RoleDefinition {
  readonly description?: string;
  /** As declared: wildcards are not expanded. */
  readonly grants: readonly string[];
  /** The roles whose permissions this one also has. */
  readonly inherits: readonly string[];
}

/**
 * What `defineAccess` returns: every permission and role there is. Frozen.
 *
 * @publicApi
 */
export interface AccessCatalogue<
  PermissionName extends string = string,
  Role extends string = string,
> {
  /** The library's permissions, then the team's, in the order of their declaration. */
  readonly permissions: readonly PermissionName[];
  /** The roles by name, `administrator` among them. The object has no prototype. */
  readonly roles: Readonly<Record<Role, RoleDefinition>>;
  /** Sets of roles of which nobody may hold more than one. */
  readonly separate: readonly (readonly Role[])[];
  /** Sets of roles of which no session may have more than one active. */
  readonly separateInSession: readonly (readonly Role[])[];
}

/** The permissions of a catalogue, the library's among them. @publicApi */
export type PermissionOf<Access> =
  Access extends AccessCatalogue<infer PermissionName> ? PermissionName : never;

/** The roles of a catalogue, `administrator` among them. @publicApi */
export type RoleOf<Access> =
  Access extends AccessCatalogue<string, infer Role> ? Role | typeof ADMINISTRATOR_ROLE : never;

const brand = Symbol.for('@portcullis/nest/AccessCatalogue');

/** Marks a catalogue as checked, in a way that a second copy of the package recognises. */
export function brandCatalogue<Catalogue extends AccessCatalogue>(catalogue: Catalogue): Catalogue {
  Object.defineProperty(catalogue, brand, { value: true });
  return Object.freeze(catalogue);
}

/** Whether a value came out of `defineAccess`. */
export function isAccessCatalogue(value: unknown): value is AccessCatalogue {
  return typeof value === 'object' && value !== null && brand in value;
}
