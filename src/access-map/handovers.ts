import type { AccessLock, AccessMapEntry } from './access-lock';
import { compareAccess } from './compare-access';
import type { MatchedRoute } from './match-routes';
import { codeOf, keyOf, namesakesOf, overlap } from './route-keys';

type Entries = readonly AccessMapEntry[];

/** What two maps hold, for asking who answers instead of whom. */
export interface Maps {
  readonly old: Entries;
  readonly now: Entries;
  /** Whoever held a role then, held what it inherited then. */
  readonly hierarchy: AccessLock['roles'];
}

/** What is wider because a route that is in both maps left its place, or came to another. */
export function movedAway({ before, after }: MatchedRoute, maps: Maps): string[] {
  if (keyOf(before) === keyOf(after)) return [];
  const owners = maps.old.filter((owner) => owner !== before);
  const heirs = maps.now.filter((heir) => heir !== after);
  return [...takenFrom(owners, after, maps.hierarchy), ...leftTo(heirs, before, maps.hierarchy)];
}

/** A new route may take requests away from those that were there and asked for more. */
export function takenFrom(
  owners: Entries,
  route: AccessMapEntry,
  hierarchy: Maps['hierarchy'],
): string[] {
  return owners
    .filter((owner) => overlap(owner, route))
    .flatMap((owner) =>
      compareAccess(inPlaceOf(owner, route), route, hierarchy).wider.map((change) =>
        handover(route, owner, change),
      ),
    );
}

/** A route that is gone may leave its requests to others, which were there or came with it. */
export function leftTo(
  heirs: Entries,
  route: AccessMapEntry,
  hierarchy: Maps['hierarchy'],
): string[] {
  return heirs
    .filter((heir) => overlap(heir, route))
    .flatMap((heir) =>
      compareAccess(route, inPlaceOf(heir, route), hierarchy).wider.map((change) =>
        handover(heir, route, change),
      ),
    );
}

/** Code that comes to a path which asks for less is opened, although no path is. */
export function movedBehind(route: AccessMapEntry, { old, now, hierarchy }: Maps): string[] {
  for (const origins of originsOf(route, old, now)) {
    const shifts = origins.map(
      (origin) => compareAccess(inPlaceOf(origin, route), route, hierarchy).wider,
    );
    const [first = []] = shifts;
    if (shifts.some((wider) => wider.length === 0)) continue;
    return first.map((change) => `${describeCode(route)} asked for more elsewhere: ${change}`);
  }
  return [];
}

export function describeCode({ module, controller, handler }: AccessMapEntry): string {
  return `${module} ${controller}.${handler}()`;
}

/**
 * Where the code of a route may have stood before, by each handler that it may have been: itself, or
 * else every one of the same names in a module that has it no longer.
 */
function originsOf(route: AccessMapEntry, old: Entries, now: Entries): Entries[] {
  const same = old.filter((entry) => codeOf(entry) === codeOf(route));
  if (same.length > 0) return [same];
  const kept = new Set(now.map(codeOf));
  const origins = new Map<string, AccessMapEntry[]>();
  for (const entry of old) {
    const code = codeOf(entry);
    if (namesakesOf(entry) !== namesakesOf(route) || kept.has(code)) continue;
    origins.set(code, [...(origins.get(code) ?? []), entry]);
  }
  return [...origins.values()];
}

/** One entry at the place of another, so that only what they ask for is compared. */
function inPlaceOf(entry: AccessMapEntry, place: AccessMapEntry): AccessMapEntry {
  const { operation, host, order } = place;
  return { ...entry, operation, host, order };
}

function handover(heir: AccessMapEntry, owner: AccessMapEntry, change: string): string {
  return `${describeCode(heir)} answers instead of ${describeCode(owner)}: ${change}`;
}
