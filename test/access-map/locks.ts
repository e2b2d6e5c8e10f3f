import type { AccessLock, AccessMapEntry } from '../../src/access-map/access-lock';

/** A route of a lock; what a test does not name is of no matter to it. */
export function route(given: Partial<AccessMapEntry> = {}): AccessMapEntry {
  return {
    transport: 'http',
    operation: 'GET',
    name: '/things',
    module: 'ThingsModule',
    controller: 'ThingsController',
    handler: 'read',
    access: 'authenticated',
    needs: {},
    ...given,
  };
}

/** A lock of some routes and a small catalogue: `clerk` inherits `viewer`. */
export function lockOf(
  routes: readonly AccessMapEntry[],
  given: Partial<AccessLock> = {},
): AccessLock {
  return {
    version: 1,
    settings: { globalGuards: true, unannotated: 'refuse' },
    permissions: ['a', 'b', 'c'],
    roles: {
      clerk: { inherits: ['viewer'], permissions: ['a', 'b'] },
      viewer: { inherits: [], permissions: ['a'] },
    },
    separate: [],
    separateInSession: [],
    routes,
    ...given,
  };
}
