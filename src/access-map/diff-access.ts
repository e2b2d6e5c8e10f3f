import type { AccessDifference, AccessDifferenceKind } from './access-difference';
import { byText, type AccessLock, type AccessMapEntry } from './access-lock';
import { describeNeeds } from './access-needs';
import { compareAccess, type Shift } from './compare-access';
import { diffRoles } from './diff-roles';
import { diffSettings } from './diff-settings';
import { describeCode, leftTo, movedAway, movedBehind, takenFrom, type Maps } from './handovers';
import { matchRoutes, type MatchedRoute } from './match-routes';
import { codeOf, describeRoute } from './route-keys';

/**
 * Classifies every change from one map of access to another. What opens something, or might, has
 * `widens`; the order of anything in the maps does not count.
 *
 * It sees what code declares: not what a policy answers, not roles of the database, not which of two
 * overlapping paths like `/a/:id` and `/a/b` a router asks first. Policies and those who name the creator
 * are known by the names of their classes, and controllers by theirs and their module's: it cannot tell
 * one from another of the same name, in whatever file that is.
 *
 * @publicApi
 */
export function diffAccess(before: AccessLock, after: AccessLock): readonly AccessDifference[] {
  const maps: Maps = {
    old: sorted(before.routes),
    now: sorted(after.routes),
    hierarchy: before.roles,
  };
  const { matched, removed, added } = matchRoutes(maps.old, maps.now);
  return [
    ...matched.flatMap((route) => diffRoute(route, maps)),
    ...removed.map((route) => diffRemoved(route, maps)),
    ...added.map((route) => diffAdded(route, maps)),
    ...diffRoles(before, after),
    ...diffSettings(before, after),
  ].sort((one, two) => byText(sortKey(one), sortKey(two)));
}

function diffRoute({ before, after }: MatchedRoute, maps: Maps): AccessDifference[] {
  const { wider, narrower } = compareAccess(before, after, maps.hierarchy);
  const moved = movedAway({ before, after }, maps);
  const opened = codeOf(before) === codeOf(after) ? [] : movedBehind(after, maps);
  const shift = { wider: [...wider, ...moved, ...opened], narrower };
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
  const [handledBy, handles] = [describeCode(before), describeCode(after)];
  return [
    ...(was === is ? [] : [`was ${was}`]),
    ...(handledBy === handles ? [] : [`was answered by ${handledBy}, is by ${handles}`]),
  ];
}

function diffRemoved(route: AccessMapEntry, { now, hierarchy }: Maps): AccessDifference {
  return widenedBy(leftTo(now, route, hierarchy), {
    kind: 'removed',
    widens: false,
    subject: describeRoute(route),
    details: [],
  });
}

function diffAdded(route: AccessMapEntry, maps: Maps): AccessDifference {
  const subject = describeRoute(route);
  if (route.access === 'public') {
    const details = [`new and public: ${route.reason ?? 'no reason given'}`];
    return { kind: 'newly_public', widens: true, subject, details };
  }
  const needs = describeNeeds(route.needs);
  // Without a route that it replaces, code of another module is new, whatever its names.
  const isKnown = maps.old.some((entry) => codeOf(entry) === codeOf(route));
  const opened = isKnown ? movedBehind(route, maps) : [];
  return widenedBy([...takenFrom(maps.old, route, maps.hierarchy), ...opened], {
    kind: 'added',
    widens: false,
    subject,
    details: [`needs ${needs.length === 0 ? 'somebody signed in' : needs.join(', ')}`],
  });
}

function widenedBy(details: readonly string[], otherwise: AccessDifference): AccessDifference {
  return details.length === 0
    ? otherwise
    : { kind: 'widened', widens: true, subject: otherwise.subject, details };
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
