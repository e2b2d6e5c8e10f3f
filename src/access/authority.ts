import { activeRoles } from './active-roles';
import type { CompiledCatalogue, Grants } from './compiled-catalogue';
import { RoleGraph } from './role-graph';

/** A role that an account holds. @publicApi */
export interface HeldRole {
  readonly id: string;
  readonly name: string;
}

/** What an account may do in a tenant, at the moment. @publicApi */
export interface Authority {
  /** Rises with each change of what the account may do. */
  readonly version: number;
  /** Names of the roles that are active, sorted; inherited ones are not listed. */
  readonly roles: readonly string[];
  /** The assigned roles that are in force, active or not. */
  readonly heldRoles: readonly HeldRole[];
  /** Every permission of the active roles, in the order of the catalogue. */
  readonly permissions: readonly string[];
  /** Milliseconds since the epoch, by the database's clock, at which an assignment begins or ends. */
  readonly staleAt?: number;
  has(permission: string): boolean;
  /** Whether a role of code is active, directly or by inheritance. */
  hasRole(name: string): boolean;
  /** Whether everything that a grant gives is held, `resource:*` and `*` included. */
  covers(grant: string): boolean;
}

/** What an account holds in a tenant, as the database says. */
export interface HeldAuthority {
  readonly version: number;
  /** Ids of the assigned roles that are in force. */
  readonly held: readonly string[];
  readonly graph: RoleGraph;
  readonly staleAt?: number;
}

/** Nobody holds anything. */
export const NOBODY: HeldAuthority = { version: 0, held: [], graph: new RoleGraph([]) };

/** An authority over a bitset that is shared by everybody with the same roles. */
export class GrantedAuthority implements Authority {
  readonly version: number;
  readonly staleAt?: number;
  readonly #grants: Grants;
  #permissions?: readonly string[];
  #heldRoles?: readonly HeldRole[];

  constructor(
    private readonly of: HeldAuthority,
    private readonly catalogue: CompiledCatalogue,
    activated?: readonly string[],
  ) {
    const { held, graph } = of;
    this.version = of.version;
    this.staleAt = of.staleAt;
    this.#grants = catalogue.grantsOfReach(
      graph.reachOf(activeRoles(held, { graph, catalogue, activated })),
    );
  }

  get roles(): readonly string[] {
    return this.#grants.roles;
  }

  get heldRoles(): readonly HeldRole[] {
    return (this.#heldRoles ??= Object.freeze(
      this.of.held.flatMap((id) => {
        const role = this.of.graph.get(id);
        if (role === undefined) return [];
        const known = role.origin === 'database' || this.catalogue.hasRole(role.name);
        return known ? [{ id, name: role.name }] : [];
      }),
    ));
  }

  get permissions(): readonly string[] {
    return (this.#permissions ??= Object.freeze(this.catalogue.permissionsOf(this.#grants.bits)));
  }

  has(permission: string): boolean {
    return this.catalogue.has(this.#grants.bits, permission);
  }

  hasRole(name: string): boolean {
    return this.#grants.inherited.has(name);
  }

  covers(grant: string): boolean {
    return this.catalogue.covers(this.#grants, grant);
  }
}
