import type { CompiledCatalogue } from './compiled-catalogue';
import type { RoleGraph } from './role-graph';

/**
 * The roles that count in a session, of those that the account holds: all of them, or those that the
 * session activated, without any that `separateInSession` keeps apart (dynamic separation of duty,
 * INCITS 359 §6.4). Where two such roles would be active at once neither is, until the session says
 * which.
 */
export function activeRoles(
  held: readonly string[],
  {
    graph,
    catalogue,
    activated,
  }: {
    readonly graph: RoleGraph;
    readonly catalogue: CompiledCatalogue;
    readonly activated?: readonly string[];
  },
): readonly string[] {
  const chosen = activated === undefined ? held : held.filter((id) => activated.includes(id));
  const codeRolesOf = (ids: readonly string[]) =>
    catalogue.codeClosureOf(graph.reachOf(ids).codeRoles);
  const apart = new Set(catalogue.separatedInSession(codeRolesOf(chosen)).flat());
  if (apart.size === 0) return chosen;
  return chosen.filter((id) => {
    const reached = codeRolesOf([id]);
    return ![...apart].some((name) => reached.has(name));
  });
}
