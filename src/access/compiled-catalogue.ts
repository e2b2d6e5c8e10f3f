import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { AccessCatalogue, RoleDefinition } from '../route-access/access-catalogue';
import { LIBRARY_NAMESPACE, LIBRARY_WILDCARD } from '../route-access/library-permissions';
import { inheritedRoles } from '../route-access/role-hierarchy';

/** One bit for each permission of the catalogue. */
export type PermissionBits = Readonly<Uint32Array>;

/** What a set of roles amounts to. Accounts with the same roles share one. */
export interface Grants {
  /** The roles themselves, sorted; names that the catalogue does not know are left out. */
  readonly roles: readonly string[];
  /** The roles and everything they inherit. */
  readonly inherited: ReadonlySet<string>;
  readonly bits: PermissionBits;
}

const MAX_SHARED_GRANTS = 1000;
const BITS_PER_WORD = 32;

/** A catalogue prepared for decisions: every permission a bit, every set of roles a bitset. */
export class CompiledCatalogue {
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #closures = new Map<string, ReadonlySet<string>>();
  readonly #shared = new LRUCache<string, Grants>({ max: MAX_SHARED_GRANTS });
  readonly #roles: Readonly<Record<string, RoleDefinition>>;

  constructor(private readonly access: AccessCatalogue) {
    this.#roles = access.roles;
    this.#indexes = new Map(access.permissions.map((name, index) => [name, index]));
  }

  /** The roles of code by name. */
  get roles(): Readonly<Record<string, RoleDefinition>> {
    return this.#roles;
  }

  hasRole(name: string): boolean {
    return Object.hasOwn(this.#roles, name);
  }

  /** Whether a bitset has a permission. Names match exactly (AZ-11); an unknown one is never had. */
  has(bits: PermissionBits, permission: string): boolean {
    const index = this.#indexes.get(permission);
    if (index === undefined) return false;
    return ((bits[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
  }

  /** The permissions of a bitset in the order of the catalogue. */
  permissionsOf(bits: PermissionBits): readonly string[] {
    return this.access.permissions.filter((permission) => this.has(bits, permission));
  }

  /** A role and everything it inherits. */
  closureOf(role: string): ReadonlySet<string> {
    let closure = this.#closures.get(role);
    if (closure === undefined) {
      closure = inheritedRoles(role, (name) => this.#roles[name]?.inherits ?? []);
      this.#closures.set(role, closure);
    }
    return closure;
  }

  /** What some roles amount to together. */
  grantsOf(roles: Iterable<string>): Grants {
    const known = [...new Set(roles)].filter((role) => this.hasRole(role)).sort();
    // No role has a comma in its name.
    const key = known.join(',');
    let grants = this.#shared.get(key);
    if (grants === undefined) {
      const inherited = new Set(known.flatMap((role) => [...this.closureOf(role)]));
      grants = Object.freeze({
        roles: Object.freeze(known),
        inherited,
        bits: this.#bitsOf(inherited),
      });
      this.#shared.set(key, grants);
    }
    return grants;
  }

  /** The roles that nobody may hold together with this one, because `separate` keeps them apart. */
  rolesApartFrom(role: string): readonly string[] {
    return Object.keys(this.#roles).filter(
      (other) => other !== role && this.#areApart(role, other),
    );
  }

  #areApart(role: string, other: string): boolean {
    const [one, two] = [this.closureOf(role), this.closureOf(other)];
    return this.access.separate.some((set) => {
      const joined = new Set(set.filter((name) => one.has(name) || two.has(name)));
      return joined.size > 1;
    });
  }

  /** Tells catalogues apart that decide differently. The order of declaration does not count. */
  digest(): Buffer {
    const roles = Object.entries(this.#roles)
      .map(([name, { grants, inherits }]) => [name, [...grants].sort(), [...inherits].sort()])
      .sort(([one], [two]) => (String(one) < String(two) ? -1 : 1));
    const content = JSON.stringify([[...this.access.permissions].sort(), roles]);
    return createHash('sha256').update(content).digest();
  }

  #bitsOf(roles: Iterable<string>): PermissionBits {
    const bits = new Uint32Array(Math.ceil(this.access.permissions.length / BITS_PER_WORD));
    const grants = new Set([...roles].flatMap((role) => this.#roles[role]?.grants ?? []));
    this.access.permissions.forEach((permission, index) => {
      if (!isGranted(permission, grants)) return;
      bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
    });
    return bits;
  }
}

function isGranted(permission: string, grants: ReadonlySet<string>): boolean {
  const resource = permission.slice(0, permission.indexOf(':'));
  return (
    grants.has('*') ||
    grants.has(permission) ||
    grants.has(`${resource}:*`) ||
    (grants.has(LIBRARY_WILDCARD) && resource.startsWith(`${LIBRARY_NAMESPACE}.`))
  );
}
