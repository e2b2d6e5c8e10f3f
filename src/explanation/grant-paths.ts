import type { CompiledCatalogue } from '../access/compiled-catalogue';
import type { RoleGraph } from '../access/role-graph';
import type { StoredRole } from '../access/stored-role';
import { grantsGiving } from '../route-access/library-permissions';

/** By which roles, and by which grant of the last of them, a role has a permission. */
export interface RolePath {
  readonly roles: readonly [string, ...string[]];
  readonly grant: string;
}

interface Step {
  readonly key: string;
  readonly name: string;
  readonly grants: readonly string[];
  /** What a role of the database inherits, by id. */
  readonly storedParents: readonly string[];
  /** What a role of code inherits, by name. */
  readonly codeParents: readonly string[];
}

/** How roles come to have one permission. */
export class GrantPaths {
  /** What a role may grant so that it has the permission, the narrowest first. */
  readonly giving: readonly string[];

  constructor(
    private readonly catalogue: CompiledCatalogue,
    permission: string,
  ) {
    this.giving = grantsGiving(permission);
  }

  /** The roles of code that have it, by name. */
  get codeRoles(): readonly string[] {
    return Object.keys(this.catalogue.roles).filter((role) =>
      [...this.catalogue.closureOf(role)].some((name) => this.#grantOf(this.#ofCode(name))),
    );
  }

  /** The shortest way from a role to a grant; undefined when there is none. */
  from(role: StoredRole, graph: RoleGraph): RolePath | undefined {
    const start = this.#ofStored(role);
    const seen = new Set([start.key]);
    let level: { readonly step: Step; readonly roles: readonly [string, ...string[]] }[] = [
      { step: start, roles: [start.name] },
    ];
    while (level.length > 0) {
      for (const { step, roles } of level) {
        const grant = this.#grantOf(step);
        if (grant !== undefined) return { roles, grant };
      }
      level = level.flatMap(({ step, roles }) =>
        this.#parentsOf(step, graph).flatMap((parent) => {
          if (seen.has(parent.key)) return [];
          seen.add(parent.key);
          return [{ step: parent, roles: [...roles, parent.name] as const }];
        }),
      );
    }
    return undefined;
  }

  #grantOf({ grants }: Step): string | undefined {
    return this.giving.find((grant) => grants.includes(grant));
  }

  #parentsOf({ storedParents, codeParents }: Step, graph: RoleGraph): Step[] {
    return [
      ...storedParents.flatMap((id) => graph.get(id) ?? []).map((role) => this.#ofStored(role)),
      ...codeParents.map((name) => this.#ofCode(name)),
    ];
  }

  #ofStored({ id, name, origin, permissions, parents }: StoredRole): Step {
    if (origin === 'code') {
      const code = this.#ofCode(name);
      return { ...code, grants: [...permissions, ...code.grants], storedParents: parents };
    }
    return { key: id, name, grants: permissions, storedParents: parents, codeParents: [] };
  }

  /** One that the catalogue no longer declares grants and inherits nothing. */
  #ofCode(name: string): Step {
    const declared = this.catalogue.hasRole(name) ? this.catalogue.roles[name] : undefined;
    const { grants = [], inherits = [] } = declared ?? {};
    return { key: `code:${name}`, name, grants, storedParents: [], codeParents: inherits };
  }
}
