import { ConfigurationError, type ConfigurationProblem } from '../errors/configuration-error';
import { print } from '../options/option-reader';
import {
  ADMINISTRATOR_ROLE,
  LIBRARY_NAMESPACE,
  LIBRARY_PERMISSIONS,
  LIBRARY_RESOURCES,
  LIBRARY_WILDCARD,
} from './library-permissions';
import { inheritedRoles, findCycle } from './role-hierarchy';

const NAME = /^[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*$/;
const MAX_NAME_LENGTH = 64;

interface CheckedRole {
  readonly grants?: unknown;
  readonly inherits?: unknown;
}

/**
 * Checks a declaration of access at run time, for callers that no compiler checked.
 *
 * @throws ConfigurationError listing every problem
 */
export function checkAccess(declaration: unknown): void {
  const problems: ConfigurationProblem[] = [];
  const { permissions, roles, separate, separateInSession } = asRecord(declaration);
  const grantable = checkPermissions(permissions, problems);
  const parents = checkRoles(roles, grantable, problems);
  if (problems.length === 0) checkHierarchy(parents, problems);
  const sets = checkSeparate('access.separate', separate, parents, problems);
  // A role that joins such a set may be held: a session only cannot activate it as a whole.
  const apart = checkSeparate('access.separateInSession', separateInSession, parents, problems);
  refuseAdministrator(apart, parents, problems);
  if (problems.length === 0) checkRolesAgainst(sets, parents, problems);
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** Returns everything a role may be granted. */
function checkPermissions(given: unknown, problems: ConfigurationProblem[]): Set<string> {
  const grantable = new Set<string>(['*', LIBRARY_WILDCARD, ...LIBRARY_PERMISSIONS]);
  for (const resource of Object.keys(LIBRARY_RESOURCES)) {
    grantable.add(`${LIBRARY_NAMESPACE}.${resource}:*`);
  }
  if (!isRecord(given)) {
    problems.push(notARecord('access.permissions', 'a table of actions by resource'));
    return grantable;
  }
  for (const [resource, actions] of Object.entries(given)) {
    const option = `access.permissions.${resource}`;
    checkName(option, resource, problems);
    if (resource === LIBRARY_NAMESPACE || resource.startsWith(`${LIBRARY_NAMESPACE}.`)) {
      problems.push({
        option,
        bound: 'named without `auth` in front',
        reason: 'these names belong to the permissions of the library',
      });
    }
    for (const action of listOf(option, actions, problems)) {
      checkName(`${option}: ${print(action)}`, action, problems);
      if (grantable.has(`${resource}:${String(action)}`)) {
        problems.push(repeated(option, action));
      }
      grantable.add(`${resource}:${String(action)}`);
    }
    grantable.add(`${resource}:*`);
  }
  return grantable;
}

/** Returns the parents of each role. */
function checkRoles(
  given: unknown,
  grantable: ReadonlySet<string>,
  problems: ConfigurationProblem[],
): Map<string, readonly string[]> {
  const parents = new Map<string, readonly string[]>([[ADMINISTRATOR_ROLE, []]]);
  if (!isRecord(given)) {
    problems.push(notARecord('access.roles', 'a table of roles by name'));
    return parents;
  }
  const known = new Set([ADMINISTRATOR_ROLE, ...Object.keys(given)]);
  for (const [name, role] of Object.entries(given)) {
    const option = `access.roles.${name}`;
    checkName(option, name, problems);
    const { grants, inherits } = asRecord(role) as CheckedRole;
    if (grants === undefined && inherits === undefined) {
      problems.push({
        option,
        bound: 'given `grants`, `inherits` or both',
        reason: 'a role without permissions looks like access and gives none',
      });
    }
    for (const grant of grants === undefined ? [] : listOf(`${option}.grants`, grants, problems)) {
      if (typeof grant === 'string' && grantable.has(grant)) continue;
      problems.push(unknownGrant(`${option}.grants`, grant, grantable));
    }
    const named = inherits === undefined ? [] : listOf(`${option}.inherits`, inherits, problems);
    for (const parent of named) {
      if (typeof parent === 'string' && known.has(parent)) continue;
      problems.push(unknownRole(`${option}.inherits`, parent, known));
    }
    parents.set(name, named as readonly string[]);
  }
  return parents;
}

function checkHierarchy(
  parents: ReadonlyMap<string, readonly string[]>,
  problems: ConfigurationProblem[],
): void {
  const cycle = findCycle(parents);
  if (cycle === undefined) return;
  problems.push({
    option: 'access.roles',
    value: cycle.join(' → '),
    bound: 'free of cycles: remove one of these `inherits`',
    reason: 'roles that inherit from each other are one role (AZ-8)',
  });
}

function checkSeparate(
  name: string,
  given: unknown,
  parents: ReadonlyMap<string, readonly string[]>,
  problems: ConfigurationProblem[],
): readonly (readonly string[])[] {
  if (given === undefined) return [];
  const sets = Array.isArray(given) ? (given as unknown[]) : [given];
  sets.forEach((set, index) => {
    const option = `${name}[${index}]`;
    const roles = listOf(option, set, problems);
    if (new Set(roles).size < 2) {
      problems.push({
        option,
        value: print(set),
        bound: 'two or more different roles',
        reason: 'one role cannot exclude itself',
      });
    }
    for (const role of roles) {
      if (typeof role === 'string' && parents.has(role)) continue;
      problems.push(unknownRole(option, role, new Set(parents.keys())));
    }
  });
  return sets as readonly (readonly string[])[];
}

/** A member that the administrator is or inherits: whoever assigns the other one would switch them off. */
function refuseAdministrator(
  sets: readonly (readonly string[])[],
  parents: ReadonlyMap<string, readonly string[]>,
  problems: ConfigurationProblem[],
): void {
  const held = inheritedRoles(ADMINISTRATOR_ROLE, (name) => parents.get(name) ?? []);
  sets.forEach((set, index) => {
    // What is no list is a problem already.
    const names: readonly unknown[] = Array.isArray(set) ? set : [];
    const named = [...held].find((name) => names.includes(name));
    if (named === undefined) return;
    problems.push({
      option: `access.separateInSession[${index}]`,
      value: print(set),
      bound: `without ${named}, which ${ADMINISTRATOR_ROLE} is or inherits; \`separate\` may name it`,
      reason: 'whoever assigns another role of the set would switch an administrator off with it',
    });
  });
}

function checkRolesAgainst(
  separate: readonly (readonly string[])[],
  parents: ReadonlyMap<string, readonly string[]>,
  problems: ConfigurationProblem[],
): void {
  if (separate.length === 0) return;
  for (const role of parents.keys()) {
    const held = inheritedRoles(role, (name) => parents.get(name) ?? []);
    for (const set of separate) {
      const joined = [...new Set(set)].filter((name) => held.has(name));
      if (joined.length < 2) continue;
      problems.push({
        option: `access.roles.${role}`,
        bound: `without one of ${joined.join(', ')}`,
        reason: '`separate` says that nobody holds them together, not even by inheritance',
      });
    }
  }
}

/** Whether a resource, an action or a role may have this name; names are ASCII and match exactly (AZ-11). */
export function isAccessName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name) && name.length <= MAX_NAME_LENGTH;
}

function checkName(option: string, name: unknown, problems: ConfigurationProblem[]): void {
  if (isAccessName(name)) return;
  problems.push({
    option,
    bound: `ASCII letters and digits, parted by single \`.\`, \`-\` or \`_\`, at most ${MAX_NAME_LENGTH}`,
    reason: 'names are compared exactly, so look-alikes must not exist (AZ-11)',
  });
}

function listOf(option: string, given: unknown, problems: ConfigurationProblem[]): unknown[] {
  if (Array.isArray(given) && given.length > 0) return given as unknown[];
  problems.push({
    option,
    value: print(given),
    bound: 'a list of at least one name',
    reason: 'an empty list means neither nothing nor everything',
  });
  return [];
}

function unknownGrant(
  option: string,
  grant: unknown,
  grantable: ReadonlySet<string>,
): ConfigurationProblem {
  const resource = String(grant).split(':')[0] ?? '';
  const near = [...grantable].filter((name) => name.startsWith(`${resource}:`));
  return {
    option,
    value: print(grant),
    bound:
      near.length > 0
        ? `one of ${near.join(', ')}`
        : 'a declared `resource:action`, `resource:*`, `auth.*` or `*`',
    reason: 'no permission has this name; names match exactly (AZ-11)',
  };
}

function unknownRole(
  option: string,
  role: unknown,
  known: ReadonlySet<string>,
): ConfigurationProblem {
  return {
    option,
    value: print(role),
    bound: `one of ${[...known].join(', ')}`,
    reason: 'no role has this name',
  };
}

function repeated(option: string, name: unknown): ConfigurationProblem {
  return { option, value: print(name), bound: 'named once', reason: 'it stands there twice' };
}

function notARecord(option: string, bound: string): ConfigurationProblem {
  return { option, bound, reason: 'it is what every decorator is checked against' };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
