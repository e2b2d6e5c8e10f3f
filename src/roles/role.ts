import type { AssignmentActor } from '../access/assignment';
import type { PageRequest } from '../database/page';

/** A role by its id and name. @publicApi */
export interface RoleLink {
  readonly id: string;
  readonly name: string;
}

/** A role, with what it grants and inherits. @publicApi */
export interface Role {
  readonly id: string;
  /** ASCII; names match exactly. */
  readonly name: string;
  /** For people who assign the role. */
  readonly description: string | null;
  /** Roles of code change with the code only. */
  readonly origin: 'code' | 'database';
  /** Null: a role for every tenant. */
  readonly tenantId: string | null;
  /** As granted: wildcards are not expanded, and inherited permissions not listed. */
  readonly permissions: readonly string[];
  /** The roles whose permissions this one also has; what those inherit is not listed. */
  readonly parents: readonly RoleLink[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A role to create. What is named twice counts once. @publicApi */
export interface NewRole {
  /** Letters and digits of ASCII, parted by single `.`, `-` or `_`; at most 64 characters. */
  readonly name: string;
  /** At most 1000 characters. */
  readonly description?: string;
  /** Permissions of the catalogue, `resource:*`, `auth.*` or `*`; at most 1000. */
  readonly permissions: readonly string[];
  /** Ids of roles to inherit; at most 100. */
  readonly parents: readonly string[];
  /** Left out: the tenant of the caller's scope, and without one a role for every tenant. */
  readonly tenantId?: string;
}

/** What to change; what is left out stays, and a list replaces the whole list. @publicApi */
export interface RoleChange {
  readonly name?: string;
  /** Null takes it away. */
  readonly description?: string | null;
  readonly permissions?: readonly string[];
  readonly parents?: readonly string[];
}

/** Which roles to list. @publicApi */
export interface RoleQuery extends PageRequest {
  /** A part of the name, in any case. */
  readonly q?: string;
  readonly origin?: 'code' | 'database';
}

/** Who changes a role. Without an actor the change is the system's own and needs no right. */
export type RoleActor = AssignmentActor;
