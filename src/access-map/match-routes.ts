import type { AccessMapEntry } from './access-lock';
import { codeOf, keyOf, keyWithoutVersion, namesakesOf } from './route-keys';

/** A route that is in both maps. */
export interface MatchedRoute {
  readonly before: AccessMapEntry;
  readonly after: AccessMapEntry;
}

/** Which route became which. */
export interface MatchedRoutes {
  readonly matched: readonly MatchedRoute[];
  readonly removed: readonly AccessMapEntry[];
  readonly added: readonly AccessMapEntry[];
}

type Entries = readonly AccessMapEntry[];

/** From what says most to what says least; whatever one of them matches is not asked about again. */
const SAMENESS: readonly ((entry: AccessMapEntry) => string)[] = [
  // Of several handlers at one place, the same code is the same route wherever it stands in line.
  (entry) => keyOf(entry) + codeOf(entry),
  (entry) => keyOf(entry) + namesakesOf(entry),
  keyOf,
  (entry) => codeOf(entry) + keyWithoutVersion(entry),
  (entry) => codeOf(entry) + entry.operation,
  codeOf,
  // Code that moved to another module.
  (entry) => namesakesOf(entry) + keyWithoutVersion(entry),
  (entry) => namesakesOf(entry) + entry.operation,
  namesakesOf,
  // Another version of a path that is gone takes its place, whoever answers it.
  keyWithoutVersion,
];

/** Finds out which routes are the same although their path, name, version or handler changed. */
export function matchRoutes(before: Entries, after: Entries): MatchedRoutes {
  const matched: MatchedRoute[] = [];
  let [removed, added] = [before, after];
  for (const sameness of SAMENESS) {
    const candidates = new Map<string, AccessMapEntry[]>();
    for (const entry of added) {
      const key = sameness(entry);
      candidates.set(key, [...(candidates.get(key) ?? []), entry]);
    }
    const taken = new Set<AccessMapEntry>();
    removed = removed.filter((entry) => {
      const successor = candidates.get(sameness(entry))?.shift();
      if (successor === undefined) return true;
      taken.add(successor);
      matched.push({ before: entry, after: successor });
      return false;
    });
    added = added.filter((entry) => !taken.has(entry));
  }
  return { matched, removed, added };
}
