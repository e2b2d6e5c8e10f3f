import type { PermissionOf, RoleOf } from './access-catalogue';
import type { ADMINISTRATOR_ROLE, LibraryPermission } from './library-permissions';

/** Never set. It only keeps the interface from being one that everything fits. */
declare const registered: unique symbol;

/**
 * Where a team registers its catalogue, once, so that every decorator knows its permissions and roles.
 *
 * @example
 * declare module '@portcullis/nest' {
 *   interface Register { access: typeof access }
 * }
 *
 * @publicApi
 */
export interface Register {
  readonly [registered]?: never;
}

type RegisteredAccess = Register extends { access: infer Access } ? Access : never;

/** The library's permissions and those of the registered catalogue. @publicApi */
export type Permission = LibraryPermission | PermissionOf<RegisteredAccess>;

/** The reserved role and those of the registered catalogue. @publicApi */
export type RoleName = typeof ADMINISTRATOR_ROLE | RoleOf<RegisteredAccess>;
