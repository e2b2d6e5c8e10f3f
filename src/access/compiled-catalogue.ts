import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { AccessCatalogue, RoleDefinition } from '../route-access/access-catalogue';
import {
  grantsGiving,
  LIBRARY_NAMESPACE,
  LIBRARY_WILDCARD,
  resourceOf,
} from '../route-access/library-permissions';
import { inheritedRoles } from '../route-access/role-hierarchy';
import type { Reach } from './role-graph';

/** One bit for each permission of the catalogue. */
export type PermissionBits = Readonly<Uint32Array>;

/** What a set of roles amounts to. Accounts with the same roles share one. */
export interface Grants {
  /** Names of the roles themselves, sorted; roles of code that the catalogue does not know are left out. */
  readonly roles: readonly string[];
  /** The roles of code among them and among what they inherit. */
  readonly inherited: ReadonlySet<string>;
  /** Everything granted as it was declared, wildcards included. */
  readonly patterns: ReadonlySet<string>;
  readonly bits: PermissionBits;
}

const MAX_SHARED_GRANTS = 1000;
const BITS_PER_WORD = 32;
const NOTHING: ReadonlySet<string> = new Set();

/** A catalogue prepared for decisions: every permission a bit, every set of roles a bitset. */
export class CompiledCatalogue {
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #closures = new Map<string, ReadonlySet<string>>();
  readonly #shared = new LRUCache<string, Grants>({ max: MAX_SHARED_GRANTS });
  readonly #roles: Readonly<Record<string, RoleDefinition>>;
  readonly #resources: ReadonlySet<string>;

  constructor(private readonly access: AccessCatalogue) {
    this.#roles = access.roles;
    this.#indexes = new Map(access.permissions.map((name, index) => [internalized(name), index]));
    this.#resources = new Set(access.permissions.map(resourceOf));
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

  /** What some roles of code amount to together. */
  grantsOf(roles: Iterable<string>): Grants {
    const names = [...roles];
    return this.grantsOfReach({ roles: names, codeRoles: new Set(names), grants: NOTHING });
  }

  /** What roles amount to together, of code and of the database. */
  grantsOfReach({ roles, codeRoles, grants: stored }: Reach): Grants {
    const known = [...new Set(roles)].filter((role) => !codeRoles.has(role) || this.hasRole(role));
    const ofCode = [...codeRoles].filter((role) => this.hasRole(role));
    // Names of roles of the database may contain anything, so the key needs an unambiguous spelling.
    const key = JSON.stringify([known.sort(), ofCode.sort(), [...stored].sort()]);
    let grants = this.#shared.get(key);
    if (grants === undefined) {
      grants = this.#compile(known, ofCode, stored);
      this.#shared.set(key, grants);
    }
    return grants;
  }

  /** Whether everything that a grant gives is held, whatever permissions are declared later (AZ-5). */
  covers({ patterns, bits }: Grants, grant: string): boolean {
    if (patterns.has('*') || patterns.has(grant)) return true;
    if (grant === '*' || grant === LIBRARY_WILDCARD) return false;
    if (!grant.endsWith(':*')) return this.has(bits, grant);
    return grant.startsWith(`${LIBRARY_NAMESPACE}.`) && patterns.has(LIBRARY_WILDCARD);
  }

  /** Everything that a role may grant. */
  get grantable(): readonly string[] {
    const wildcards = [...this.#resources].map((resource) => `${resource}:*`);
    return ['*', LIBRARY_WILDCARD, ...this.access.permissions, ...wildcards];
  }

  /** Whether a role may grant it: a permission of the catalogue, or a wildcard over some of them. */
  isGrantable(grant: string): boolean {
    if (grant === '*' || grant === LIBRARY_WILDCARD || this.#indexes.has(grant)) return true;
    return grant.endsWith(':*') && this.#resources.has(grant.slice(0, -2));
  }

  /** The sets of `separate` of which some roles of code join more than one. */
  separatedIn(codeRoles: ReadonlySet<string>): readonly (readonly string[])[] {
    return joinedIn(this.access.separate, codeRoles);
  }

  /** The same for the sets of which one session never has more than one active. */
  separatedInSession(codeRoles: ReadonlySet<string>): readonly (readonly string[])[] {
    return joinedIn(this.access.separateInSession, codeRoles);
  }

  /** Roles of code and everything they inherit. */
  codeClosureOf(roles: Iterable<string>): ReadonlySet<string> {
    return new Set([...roles].flatMap((role) => [...this.closureOf(role)]));
  }

  #compile(roles: string[], codeRoles: string[], stored: ReadonlySet<string>): Grants {
    const inherited = this.codeClosureOf(codeRoles);
    const patterns = new Set(stored);
    for (const role of inherited) {
      for (const grant of this.#roles[role]?.grants ?? []) patterns.add(grant);
    }
    return Object.freeze({
      roles: Object.freeze(roles),
      inherited,
      patterns,
      bits: this.#bitsOf(patterns),
    });
  }

  /** The sets of roles of which nobody may hold more than one. */
  get separate(): readonly (readonly string[])[] {
    return this.access.separate;
  }

  /** The sets of roles of which one session never has more than one active. */
  get separateInSession(): readonly (readonly string[])[] {
    return this.access.separateInSession;
  }

  /** Tells catalogues apart that decide differently. The order of declaration does not count. */
  digest(): Buffer {
    const roles = Object.entries(this.#roles)
      .map(([name, { grants, inherits }]) => [name, [...grants].sort(), [...inherits].sort()])
      .sort(([one], [two]) => (String(one) < String(two) ? -1 : 1));
    const apart = this.access.separateInSession
      .map((set) => JSON.stringify([...set].sort()))
      .sort();
    const content = JSON.stringify([[...this.access.permissions].sort(), roles, apart]);
    return createHash('sha256').update(content).digest();
  }

  #bitsOf(grants: ReadonlySet<string>): PermissionBits {
    const bits = new Uint32Array(Math.ceil(this.access.permissions.length / BITS_PER_WORD));
    this.access.permissions.forEach((permission, index) => {
      if (!grantsGiving(permission).some((grant) => grants.has(grant))) return;
      bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
    });
    return bits;
  }
}

/**
 * The copy of a text that engines keep for names. The literals in decorators are such copies too, so
 * that looking one up compares addresses and never reads the text.
 */
function internalized(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text;
}

function joinedIn(
  sets: readonly (readonly string[])[],
  roles: ReadonlySet<string>,
): readonly (readonly string[])[] {
  return sets.filter((set) => new Set(set.filter((name) => roles.has(name))).size > 1);
}
