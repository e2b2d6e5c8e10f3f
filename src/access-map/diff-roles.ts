import type { AccessDifference } from './access-difference';
import type { AccessLock, LockedRole } from './access-lock';

const NOTHING: LockedRole = { inherits: [], permissions: [] };

/**
 * How the roles of the catalogue and their separation changed. A permission that did not exist before
 * opens nothing that was closed, whoever is granted it.
 */
export function diffRoles(before: AccessLock, after: AccessLock): AccessDifference[] {
  const names = new Set([...Object.keys(before.roles), ...Object.keys(after.roles)]);
  return [
    ...[...names].sort().flatMap((name) => diffRole(name, before, after)),
    ...diffSeparation('separate', before, after),
    ...diffSeparation('separateInSession', before, after),
  ];
}

function diffRole(name: string, before: AccessLock, after: AccessLock): AccessDifference[] {
  const [old, now] = [own(before, name), own(after, name)];
  const subject = `role ${name}`;
  if (now === undefined) return [{ kind: 'removed', widens: false, subject, details: [] }];
  const known = new Set(before.permissions);
  const wider = [
    ...missing(now.permissions, old ?? NOTHING, 'permissions')
      .filter((permission) => known.has(permission))
      .map((permission) => `has permission ${permission} now`),
    ...missing(now.inherits, old ?? NOTHING, 'inherits')
      .filter((role) => own(before, role) !== undefined)
      .map((role) => `inherits role ${role} now`),
  ];
  if (old === undefined) {
    const kind = wider.length > 0 ? 'widened' : 'added';
    return [{ kind, widens: wider.length > 0, subject, details: ['is new', ...wider] }];
  }
  const narrower = [
    ...missing(old.permissions, now, 'permissions')
      .filter((permission) => after.permissions.includes(permission))
      .map((permission) => `no longer has permission ${permission}`),
    ...missing(old.inherits, now, 'inherits').map((role) => `no longer inherits role ${role}`),
  ];
  if (wider.length + narrower.length === 0) return [];
  const kind = wider.length === 0 ? 'narrowed' : narrower.length === 0 ? 'widened' : 'changed';
  return [{ kind, widens: wider.length > 0, subject, details: [...wider, ...narrower] }];
}

function diffSeparation(
  kind: 'separate' | 'separateInSession',
  before: AccessLock,
  after: AccessLock,
): AccessDifference[] {
  const word = kind === 'separate' ? 'separation' : 'separation in a session';
  const subjectOf = (set: readonly string[]): string => `${word} of ${set.join(', ')}`;
  const isKept = (set: readonly string[], sets: readonly (readonly string[])[]): boolean =>
    sets.some((other) => set.every((role) => other.includes(role)));
  const remaining = before[kind]
    .map((set) => set.filter((role) => own(after, role) !== undefined))
    .filter((set) => set.length > 1);
  return [
    ...remaining
      .filter((set) => !isKept(set, after[kind]))
      .map((set) => ({
        kind: 'widened' as const,
        widens: true,
        subject: subjectOf(set),
        details: ['is gone'],
      })),
    ...after[kind]
      .filter((set) => !isKept(set, before[kind]))
      .map((set) => ({
        kind: 'narrowed' as const,
        widens: false,
        subject: subjectOf(set),
        details: ['is new'],
      })),
  ];
}

function missing(
  names: readonly string[],
  role: LockedRole,
  member: keyof LockedRole,
): readonly string[] {
  const present = new Set(role[member]);
  return names.filter((name) => !present.has(name));
}

function own(lock: AccessLock, role: string): LockedRole | undefined {
  return Object.hasOwn(lock.roles, role) ? lock.roles[role] : undefined;
}
