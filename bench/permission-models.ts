import { defineAccess } from '../src/route-access/define-access';

/** One question: may somebody do this. */
export interface Check {
  readonly resource: string;
  readonly action: Action;
  readonly permission: Permission;
}

type Permission = `${string}:${string}`;
type Action = (typeof ACTIONS)[number];

/** Roles, what each grants, and one account that holds every third of them. */
export interface PermissionModel {
  readonly grantsByRole: ReadonlyMap<string, readonly Check[]>;
  readonly held: readonly string[];
  /** Questions that are answered yes and no, as many as {@link QUESTIONS}, each asked in turn. */
  readonly hits: readonly Check[];
  readonly misses: readonly Check[];
}

/** A power of two, so that loops wrap around by a mask. */
export const QUESTIONS = 1024;

/** Those that every peer has a name for. */
const ACTIONS = ['read', 'update'] as const;

/**
 * Deals the permissions out to the roles in turn; no two roles share one. Where there are more roles
 * than permissions, the others may read something of their own, which nobody asks for.
 */
export function permissionModel(permissionCount: number, roleCount: number): PermissionModel {
  const names = Array.from({ length: permissionCount / 2 }, (_, index) => `resource-${index}`);
  const checks = names.flatMap((resource) => ACTIONS.map((action) => checkOf(resource, action)));
  const roles = Array.from({ length: roleCount }, (_, index) => `role-${index}`);
  const dealt = (role: number) => checks.filter((_, position) => position % roleCount === role);
  const isHeld = (position: number) => (position % roleCount) % 3 === 0;
  return {
    grantsByRole: new Map(
      roles.map((role, index) => [
        role,
        index < checks.length ? dealt(index) : [checkOf(`own-${role}`, 'read')],
      ]),
    ),
    held: roles.filter((_, index) => index % 3 === 0),
    hits: questions(checks.filter((_, position) => isHeld(position))),
    misses: questions(checks.filter((_, position) => !isHeld(position))),
  };
}

/** The same as a catalogue. */
export function catalogueOf({ grantsByRole }: PermissionModel) {
  const permissions: Record<string, string[]> = {};
  const roles: Record<string, { grants: [Permission] }> = {};
  for (const [role, checks] of grantsByRole) {
    for (const { resource, action } of checks) (permissions[resource] ??= []).push(action);
    roles[role] = { grants: checks.map(({ permission }) => permission) as [Permission] };
  }
  return defineAccess({ permissions, roles });
}

/** The names in questions are what literals in the source are: engines keep one copy of each. */
function checkOf(resource: string, action: Action): Check {
  return {
    resource: kept(resource),
    action,
    permission: kept(`${resource}:${action}`) as Permission,
  };
}

function kept(text: string): string {
  return Object.keys({ [text]: true })[0]!;
}

/** Spread over all there are, so that no order of a list is favoured. */
function questions(checks: readonly Check[]): readonly Check[] {
  const stride = 7919;
  return Array.from({ length: QUESTIONS }, (_, index) => checks[(index * stride) % checks.length]!);
}
