import { LOCK_VERSION, type AccessLock, type AccessMapEntry } from './access-lock';

type Members = Readonly<Record<string, unknown>>;

const NEEDS = new Set(['roles', 'permissions', 'anyPermission', 'stepUp', 'policies', 'fourEyes']);

/**
 * Reads the text of a lock file. What is not understood is refused: a need that nobody knows would be
 * compared with nothing.
 *
 * @throws Error saying what is wrong with it
 * @publicApi
 */
export function readAccessLock(text: string): AccessLock {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error('it is not JSON', { cause });
  }
  const lock = members(value);
  if (lock['version'] !== LOCK_VERSION) throw new Error(`its version is not ${LOCK_VERSION}`);
  // A lock without them comes from before they were recorded.
  if (lock['settings'] === undefined) {
    throw new Error('it does not say which settings it was written with; run access:lock again');
  }
  const isWhole =
    areSettings(members(lock['settings'])) &&
    areNames(lock['permissions']) &&
    areSets(lock['separate']) &&
    areSets(lock['separateInSession']) &&
    isObject(lock['roles']) &&
    Object.values(members(lock['roles'])).every(isRole) &&
    Array.isArray(lock['routes']) &&
    lock['routes'].every(isRoute);
  if (!isWhole) throw new Error('something in it is not what access:lock writes');
  return lock as unknown as AccessLock;
}

function areSettings({ globalGuards, unannotated, ...unknown }: Members): boolean {
  return (
    typeof globalGuards === 'boolean' &&
    (unannotated === 'refuse' || unannotated === 'authenticated') &&
    Object.keys(unknown).length === 0
  );
}

function isRole(value: unknown): boolean {
  const { inherits, permissions } = members(value);
  return areNames(inherits) && areNames(permissions);
}

function isRoute(value: unknown): value is AccessMapEntry {
  const { transport, operation, name, module, controller, handler, ...rest } = members(value);
  const { access, needs, roles, reason = '', version = '', host = '', order = 0 } = rest;
  return (
    areNames([transport, operation, name, module, controller, handler, reason, version, host]) &&
    typeof order === 'number' &&
    (access === 'public' || access === 'authenticated') &&
    (roles === undefined || areNames(roles)) &&
    isObject(needs) &&
    areNeeds(members(needs))
  );
}

function areNeeds(needs: Members): boolean {
  const { roles = [], permissions = [], anyPermission = [], stepUp = {}, ...rest } = needs;
  const { policies = [], fourEyes = [] } = rest;
  const { maxAgeSeconds = 0, amr = [], ...unknown } = members(stepUp);
  return (
    Object.keys(needs).every((key) => NEEDS.has(key)) &&
    Object.keys(unknown).length === 0 &&
    [roles, anyPermission].every(areSets) &&
    [permissions, policies, fourEyes, amr].every(areNames) &&
    typeof maxAgeSeconds === 'number'
  );
}

function areSets(value: unknown): boolean {
  return Array.isArray(value) && value.every(areNames);
}

function areNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function members(value: unknown): Members {
  return isObject(value) ? (value as Members) : {};
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
