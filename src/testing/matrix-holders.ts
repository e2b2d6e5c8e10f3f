import type { CompiledCatalogue } from '../access/compiled-catalogue';
import type { AccessNeeds } from '../access-map/access-lock';

/** Roles and permissions that somebody holds in a case of the matrix. */
export interface Holding {
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  /** What is special about it, for the report. */
  readonly says: string;
}

type Lists = readonly (readonly string[])[];

/** Who just meets the needs of a route, and who just fails to. */
export class MatrixHolders {
  readonly #all: readonly string[];

  constructor(private readonly catalogue: CompiledCatalogue) {
    const { bits } = catalogue.grantsOfReach({
      roles: [],
      codeRoles: new Set(),
      grants: new Set(['*']),
    });
    this.#all = catalogue.permissionsOf(bits);
  }

  /** Exactly what is needed, once with each alternative. Empty where nobody may hold it all. */
  exact(needs: AccessNeeds): readonly Holding[] {
    const { roles = [], permissions = [], anyPermission = [] } = needs;
    const count = Math.max(1, ...[...roles, ...anyPermission].map((list) => list.length));
    const holdings = Array.from({ length: count }, (_, turn): Holding => {
      const held = this.#pickRoles(roles, turn);
      const some = pick(anyPermission, turn, (list, picked) =>
        list.some((name) => permissions.includes(name) || picked.includes(name)),
      );
      const names = [...permissions, ...some];
      return { roles: held, permissions: names, says: listed([...held, ...names]) };
    });
    return distinct(holdings.filter(({ roles: held }) => this.#mayHold(held)));
  }

  /** Everything but one need; for a role, every permission there is without it. */
  lacking(needs: AccessNeeds): readonly Holding[] {
    const { roles = [], permissions = [], anyPermission = [] } = needs;
    const withoutPermissions = [...permissions.map((name) => [name]), ...anyPermission].flatMap(
      (lacked) => {
        const rest = this.#all.filter((name) => !lacked.includes(name));
        const held = this.#someRoles(roles, (picked) => !this.#grantsAny(picked, lacked));
        return held && { roles: held, permissions: rest, says: `all but ${listed(lacked)}` };
      },
    );
    const withoutRoles = roles.flatMap((lacked) => {
      const others = roles.filter((list) => list !== lacked);
      const held = this.#someRoles(others, (picked) => !this.#reachesAny(picked, lacked));
      return (
        held && {
          roles: held,
          permissions: this.#all,
          says: `every permission, but not the role ${listed(lacked)}`,
        }
      );
    });
    return [...withoutPermissions, ...withoutRoles].filter((holding) => holding !== undefined);
  }

  #someRoles(
    lists: Lists,
    isWanted: (roles: readonly string[]) => boolean,
  ): readonly string[] | undefined {
    const turns = Math.max(1, ...lists.map((list) => list.length));
    return Array.from({ length: turns }, (_, turn) => this.#pickRoles(lists, turn)).find(
      (picked) => this.#mayHold(picked) && isWanted(picked),
    );
  }

  #pickRoles(lists: Lists, turn: number): readonly string[] {
    return pick(lists, turn, (list, picked) => this.#reachesAny(picked, list));
  }

  #reachesAny(roles: readonly string[], wanted: readonly string[]): boolean {
    const reached = this.catalogue.codeClosureOf(roles);
    return wanted.some((name) => reached.has(name));
  }

  #grantsAny(roles: readonly string[], wanted: readonly string[]): boolean {
    const { bits } = this.catalogue.grantsOf(roles);
    return wanted.some((name) => this.catalogue.has(bits, name));
  }

  #mayHold(roles: readonly string[]): boolean {
    const reached = this.catalogue.codeClosureOf(roles);
    const apart = [
      ...this.catalogue.separatedIn(reached),
      ...this.catalogue.separatedInSession(reached),
    ];
    return apart.length === 0;
  }
}

/** One of each list, but none of a list that is met already. */
function pick(
  lists: Lists,
  turn: number,
  isMet: (list: readonly string[], picked: readonly string[]) => boolean,
): readonly string[] {
  const picked: string[] = [];
  for (const list of lists) {
    const one = list[turn % list.length];
    if (one !== undefined && !isMet(list, picked)) picked.push(one);
  }
  return picked;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(' and ');
}

function distinct(holdings: readonly Holding[]): readonly Holding[] {
  return [...new Map(holdings.map((holding) => [holding.says, holding])).values()];
}
