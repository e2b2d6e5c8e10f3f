import type { CompiledCatalogue, Grants } from './compiled-catalogue';

/** What an account may do in a tenant, at the moment. @publicApi */
export interface Authority {
  /** Rises with each change of the account's assignments or of the catalogue. */
  readonly version: number;
  /** The assigned roles that are in force, sorted; inherited ones are not listed. */
  readonly roles: readonly string[];
  /** Every permission those roles have, in the order of the catalogue. */
  readonly permissions: readonly string[];
  /** Milliseconds since the epoch, by the database's clock, at which an assignment begins or ends. */
  readonly staleAt?: number;
  has(permission: string): boolean;
  /** Whether a role is held, directly or by inheritance. */
  hasRole(name: string): boolean;
}

/** An authority over a bitset that is shared by everybody with the same roles. */
export class GrantedAuthority implements Authority {
  #permissions?: readonly string[];

  constructor(
    readonly version: number,
    private readonly grants: Grants,
    private readonly catalogue: CompiledCatalogue,
    readonly staleAt?: number,
  ) {}

  get roles(): readonly string[] {
    return this.grants.roles;
  }

  get permissions(): readonly string[] {
    return (this.#permissions ??= Object.freeze(this.catalogue.permissionsOf(this.grants.bits)));
  }

  has(permission: string): boolean {
    return this.catalogue.has(this.grants.bits, permission);
  }

  hasRole(name: string): boolean {
    return this.grants.inherited.has(name);
  }
}
