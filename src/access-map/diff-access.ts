import type { AccessDifference, AccessDifferenceKind } from './access-difference';
import { byText, type AccessLock, type AccessMapEntry } from './access-lock';
import { describeNeeds } from './access-needs';
import { compareAccess, type Shift } from './compare-access';
import { diffRoles } from './diff-roles';
import { matchRoutes, type MatchedRoute } from './match-routes';
import { describeRoute, handlerOf, servesFor } from './route-keys';

type Hierarchy = AccessLock['roles'];

/**
 * Classifies every change from one map of access to another. What opens something, or might, has
 * `widens`; the order of anything in the maps does not count.
 *
 * It sees what code declares: not what a policy answers, not roles of the database, not which of two
 * overlapping paths like `/a/:id` and `/a/b` a router asks first.
 *
 * @publicApi
 */
export function diffAccess(before: AccessLock, after: AccessLock): readonly AccessDifference[] {
  const [old, now] = [sorted(before.routes), sorted(after.routes)];
  const { matched, removed, added } = matchRoutes(old, now);
  // Whoever held a role then, held what it inherited then.
  const hierarchy = before.roles;
  return [
    ...matched.flatMap((route) => diffRoute(route, old, hierarchy)),
    ...removed.map((route) => diffRemoved(route, now, hierarchy)),
    ...added.map((route) => diffAdded(route, old, hierarchy)),
    ...diffRoles(before, after),
  ].sort((one, two) => byText(sortKey(one), sortKey(two)));
}

function diffRoute(
  { before, after }: MatchedRoute,
  old: readonly AccessMapEntry[],
  hierarchy: Hierarchy,
): AccessDifference[] {
  const { wider, narrower } = compareAccess(before, after, hierarchy);
  const shift = { wider: [...wider, ...movedBehind(before, after, old, hierarchy)], narrower };
  const subject = describeRoute(after);
  const renamed = renaming(before, after);
  const isReworded =
    before.access === after.access &&
    before.reason !== after.reason &&
    // A new reason on a guarded route is a loosening, and told as one.
    (after.access === 'public' || before.reason !== undefined);
  return [
    ...(renamed.length === 0
      ? []
      : [{ kind: 'renamed' as const, widens: false, subject, details: renamed }]),
    ...shiftOf(subject, shift, before.access !== 'public' && after.access === 'public'),
    ...(isReworded
      ? [
          {
            kind: 'reworded' as const,
            widens: false,
            subject,
            details: [`reason: ${after.reason ?? 'none'}`],
          },
        ]
      : []),
  ];
}

/** Code that moves behind a path which asked for less is opened, although the path is not. */
function movedBehind(
  before: AccessMapEntry,
  after: AccessMapEntry,
  old: readonly AccessMapEntry[],
  hierarchy: Hierarchy,
): string[] {
  if (handlerOf(before) === handlerOf(after)) return [];
  const shifts = old
    .filter((entry) => handlerOf(entry) === handlerOf(after))
    .map((origin) => compareAccess(inPlaceOf(origin, after), after, hierarchy).wider);
  const [first] = shifts;
  if (first === undefined || shifts.some((wider) => wider.length === 0)) return [];
  return first.map((change) => `${codeOf(after)} asked for more elsewhere: ${change}`);
}

/** One entry at the place of another, so that only what they ask for is compared. */
function inPlaceOf(entry: AccessMapEntry, place: AccessMapEntry): AccessMapEntry {
  const { operation, host, order } = place;
  return { ...entry, operation, host, order };
}

function shiftOf(subject: string, { wider, narrower }: Shift, isPublic: boolean) {
  if (wider.length + narrower.length === 0) return [];
  const kind: AccessDifferenceKind = isPublic
    ? 'newly_public'
    : wider.length === 0
      ? 'narrowed'
      : narrower.length === 0
        ? 'widened'
        : 'changed';
  return [{ kind, widens: wider.length > 0, subject, details: [...wider, ...narrower] }];
}

function renaming(before: AccessMapEntry, after: AccessMapEntry): string[] {
  const [was, is] = [describeRoute(before), describeRoute(after)];
  const [handledBy, handles] = [codeOf(before), codeOf(after)];
  return [
    ...(was === is ? [] : [`was ${was}`]),
    ...(handledBy === handles ? [] : [`was answered by ${handledBy}, is by ${handles}`]),
  ];
}

function codeOf({ module, controller, handler }: AccessMapEntry): string {
  return `${module} ${controller}.${handler}()`;
}

/** A route that is gone may leave its requests to another, which was there or came with it. */
function diffRemoved(
  route: AccessMapEntry,
  after: readonly AccessMapEntry[],
  hierarchy: Hierarchy,
): AccessDifference {
  return taken(
    route,
    after
      .filter((other) => servesFor(other, route))
      .map((heir) => ({ before: route, after: inPlaceOf(heir, route) })),
    hierarchy,
    { kind: 'removed', widens: false, subject: describeRoute(route), details: [] },
  );
}

/** A new route may take requests away from one that was there and asked for more. */
function diffAdded(
  route: AccessMapEntry,
  before: readonly AccessMapEntry[],
  hierarchy: Hierarchy,
): AccessDifference {
  const isPublic = route.access === 'public';
  const needs = describeNeeds(route.needs);
  return taken(
    route,
    before
      .filter((other) => servesFor(other, route))
      .map((owner) => ({ before: inPlaceOf(owner, route), after: route })),
    hierarchy,
    {
      kind: isPublic ? 'newly_public' : 'added',
      widens: isPublic,
      subject: describeRoute(route),
      details: isPublic
        ? [`new and public: ${route.reason ?? 'no reason given'}`]
        : [`needs ${needs.length === 0 ? 'somebody signed in' : needs.join(', ')}`],
    },
  );
}

function taken(
  route: AccessMapEntry,
  handovers: readonly MatchedRoute[],
  hierarchy: Hierarchy,
  otherwise: AccessDifference,
): AccessDifference {
  if (otherwise.widens) return otherwise;
  const details = handovers.flatMap(({ before, after }) => {
    const { wider } = compareAccess(before, after, hierarchy);
    return wider.map(
      (change) => `${codeOf(after)} answers instead of ${codeOf(before)}: ${change}`,
    );
  });
  if (details.length === 0) return otherwise;
  return { kind: 'widened', widens: true, subject: describeRoute(route), details };
}

/** The order of a file that somebody edited must not decide which route is matched with which. */
function sorted(routes: readonly AccessMapEntry[]): AccessMapEntry[] {
  return routes
    .map((route) => ({
      route,
      key: JSON.stringify([route.order ?? 0, describeRoute(route), route]),
    }))
    .sort((one, two) => byText(one.key, two.key))
    .map(({ route }) => route);
}

function sortKey({ subject, kind, details }: AccessDifference): string {
  return JSON.stringify([subject, kind, details]);
}
