import { LRUCache } from 'lru-cache';
import type { RoleGraph } from './role-graph';

const MAX_GRAPHS = 10_000;

/** What a graph depends on. */
export interface GraphKey {
  readonly catalogueVersion: number;
  /** Roles inherit within a tenant only, so the same roles may amount to less in another. */
  readonly tenantId: string;
  readonly held: readonly string[];
}

/**
 * The graphs of sets of roles. Accounts are many and sets of roles are few: an account that nobody has
 * met yet mostly holds what somebody else holds, and then its graph need not be read.
 *
 * A graph holds for one version of the catalogue, which rises in the transaction of each change of the
 * role model: what was read of both in one snapshot belongs together.
 */
export class RoleGraphs {
  readonly #graphs = new LRUCache<string, { catalogueVersion: number; graph: RoleGraph }>({
    max: MAX_GRAPHS,
  });

  get(key: GraphKey): RoleGraph | undefined {
    const known = this.#graphs.get(nameOf(key));
    return known?.catalogueVersion === key.catalogueVersion ? known.graph : undefined;
  }

  keep(key: GraphKey, graph: RoleGraph): void {
    this.#graphs.set(nameOf(key), { catalogueVersion: key.catalogueVersion, graph });
  }

  clear(): void {
    this.#graphs.clear();
  }
}

function nameOf({ tenantId, held }: GraphKey): string {
  return `${tenantId}:${held.join()}`;
}
