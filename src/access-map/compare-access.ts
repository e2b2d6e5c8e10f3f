import type { AccessLock, AccessMapEntry, AccessNeeds } from './access-lock';
import {
  describeAnyPermission,
  describeFourEyes,
  describePermission,
  describePolicy,
  describeRoles,
  describeStepUp,
} from './access-needs';

/** What a change opens and what it closes, in words. Both are empty where access is the same. */
export interface Shift {
  readonly wider: readonly string[];
  readonly narrower: readonly string[];
}

type Hierarchy = AccessLock['roles'];

/** How the access of one route changed. Whatever cannot be told counts as wider. */
export function compareAccess(
  before: AccessMapEntry,
  after: AccessMapEntry,
  hierarchy: Hierarchy,
): Shift {
  const reordered = (before.order ?? 1) === (after.order ?? 1) ? [] : ['answers in another order'];
  if (before.access !== after.access) {
    return after.access === 'public'
      ? { wider: ['public', ...dropped(before.needs, {}, hierarchy)], narrower: reordered }
      : { wider: reordered, narrower: ['no longer public', ...added({}, after.needs, hierarchy)] };
  }
  const wasReached = new Set(before.roles);
  const isReached = new Set(after.roles);
  const compareRoles = before.roles !== undefined && after.roles !== undefined;
  const gained = compareRoles ? after.roles.filter((role) => !wasReached.has(role)) : [];
  const lost = compareRoles ? before.roles.filter((role) => !isReached.has(role)) : [];
  return {
    wider: [
      ...dropped(before.needs, after.needs, hierarchy),
      ...gained.map((role) => `role ${role} reaches it now`),
      ...(isLoosened(before, after) ? [`loosened: ${after.reason ?? ''}`] : []),
      ...(before.host !== undefined && before.host !== after.host
        ? [`no longer bound to host ${before.host}`]
        : []),
      ...(before.operation !== 'ALL' && after.operation === 'ALL' ? ['answers every method'] : []),
      ...reordered,
    ],
    narrower: [
      ...added(before.needs, after.needs, hierarchy),
      ...lost.map((role) => `role ${role} no longer reaches it`),
      ...(before.operation === 'ALL' && after.operation !== 'ALL'
        ? [`answers only ${after.operation}`]
        : []),
    ],
  };
}

function isLoosened(before: AccessMapEntry, after: AccessMapEntry): boolean {
  return after.access !== 'public' && before.reason === undefined && after.reason !== undefined;
}

function dropped(before: AccessNeeds, after: AccessNeeds, hierarchy: Hierarchy): string[] {
  return unmet(before, after, hierarchy).map((need) => `no longer needs ${need}`);
}

function added(before: AccessNeeds, after: AccessNeeds, hierarchy: Hierarchy): string[] {
  return unmet(after, before, hierarchy).map((need) => `needs ${need}`);
}

/** What is asked for by one that whoever meets the other need not have. */
function unmet(asked: AccessNeeds, given: AccessNeeds, hierarchy: Hierarchy): string[] {
  const permissions = new Set(given.permissions);
  const holds = (role: string, anyOf: readonly string[]): boolean =>
    anyOf.includes(role) ||
    (Object.hasOwn(hierarchy, role) &&
      (hierarchy[role]?.inherits ?? []).some((inherited) => anyOf.includes(inherited)));
  return [
    ...(asked.roles ?? [])
      .filter((anyOf) => !(given.roles ?? []).some((l) => l.every((role) => holds(role, anyOf))))
      .map(describeRoles),
    ...(asked.permissions ?? []).filter((name) => !permissions.has(name)).map(describePermission),
    ...(asked.anyPermission ?? [])
      .filter(
        (anyOf) =>
          !anyOf.some((name) => permissions.has(name)) &&
          !(given.anyPermission ?? []).some((l) => l.every((name) => anyOf.includes(name))),
      )
      .map(describeAnyPermission),
    ...unmetStepUp(asked.stepUp, given.stepUp),
    ...(asked.policies ?? []).filter((l) => !given.policies?.includes(l)).map(describePolicy),
    ...(asked.fourEyes ?? []).filter((l) => !given.fourEyes?.includes(l)).map(describeFourEyes),
  ];
}

function unmetStepUp(asked: AccessNeeds['stepUp'], given: AccessNeeds['stepUp']): string[] {
  if (asked === undefined) return [];
  const { maxAgeSeconds = Infinity, amr = [] } = asked;
  const isMet =
    given !== undefined &&
    (given.maxAgeSeconds ?? Infinity) <= maxAgeSeconds &&
    amr.every((method) => given.amr?.includes(method));
  return isMet ? [] : [describeStepUp(asked)];
}
