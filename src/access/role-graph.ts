import type { StoredRole } from './stored-role';

/** What some roles amount to, by their own and by everything they inherit in the database. */
export interface Reach {
  /** Names of the roles that one started from. */
  readonly roles: readonly string[];
  /** Names of the roles of code among everything reached; what those inherit is in the catalogue. */
  readonly codeRoles: ReadonlySet<string>;
  /** What the roles of the database grant, wildcards included. */
  readonly grants: ReadonlySet<string>;
}

/** Roles of the database and the roles they inherit, in memory. */
export class RoleGraph {
  readonly #roles: ReadonlyMap<string, StoredRole>;

  constructor(roles: Iterable<StoredRole>) {
    this.#roles = new Map([...roles].map((role) => [role.id, role]));
  }

  get roles(): Iterable<StoredRole> {
    return this.#roles.values();
  }

  get(id: string): StoredRole | undefined {
    return this.#roles.get(id);
  }

  /** The same graph in which one role is another. */
  with(role: StoredRole): RoleGraph {
    return new RoleGraph([...this.#roles.values()].filter(({ id }) => id !== role.id).concat(role));
  }

  /** Roles and everything they inherit. A diamond counts once, and depth costs no stack (AZ-8). */
  closureOf(ids: Iterable<string>): ReadonlySet<string> {
    const found = new Set<string>();
    for (const id of ids) if (this.#roles.has(id)) found.add(id);
    for (const id of found) {
      for (const parent of this.#roles.get(id)?.parents ?? []) {
        if (this.#roles.has(parent)) found.add(parent);
      }
    }
    return found;
  }

  reachOf(ids: Iterable<string>): Reach {
    const started = [...ids];
    const reached = [...this.closureOf(started)].flatMap((id) => this.#roles.get(id) ?? []);
    return {
      roles: started.flatMap((id) => this.#roles.get(id)?.name ?? []),
      codeRoles: new Set(reached.filter(({ origin }) => origin === 'code').map(({ name }) => name)),
      grants: new Set(reached.flatMap(({ permissions }) => permissions)),
    };
  }
}
