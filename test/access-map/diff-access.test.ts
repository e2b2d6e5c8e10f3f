import fc from 'fast-check';
import type { AccessLock, AccessMapEntry, AccessNeeds } from '../../src/access-map/access-lock';
import { diffAccess } from '../../src/access-map/diff-access';
import { lockOf, route } from './locks';

/** `kind subject`, with `!` where it widens. */
function kinds(before: AccessLock, after: AccessLock): string[] {
  return diffAccess(before, after).map(
    ({ kind, widens, subject }) => `${widens ? '!' : ''}${kind} ${subject}`,
  );
}

function change(before: Partial<AccessMapEntry>, after: Partial<AccessMapEntry>): string[] {
  return kinds(lockOf([route(before)]), lockOf([route(after)]));
}

const needs = (before: AccessNeeds, after: AccessNeeds): string[] =>
  change({ needs: before }, { needs: after }).map((text) => text.split(' ')[0] ?? '');

const other = { controller: 'OtherController', handler: 'list' };

describe('the difference of two maps', () => {
  it.each<[string, AccessNeeds, AccessNeeds, string]>([
    ['a permission dropped', { permissions: ['a', 'b'] }, { permissions: ['a'] }, '!widened'],
    ['a permission added', { permissions: ['a'] }, { permissions: ['a', 'b'] }, 'narrowed'],
    ['a permission exchanged', { permissions: ['a'] }, { permissions: ['b'] }, '!changed'],
    [
      'all of them become any',
      { permissions: ['a', 'b'] },
      { anyPermission: [['a', 'b']] },
      '!widened',
    ],
    [
      'any of them become all',
      { anyPermission: [['a', 'b']] },
      { permissions: ['a', 'b'] },
      'narrowed',
    ],
    [
      'a list grown',
      { anyPermission: [['a', 'b']] },
      { anyPermission: [['a', 'b', 'c']] },
      '!widened',
    ],
    [
      'a list shrunk',
      { anyPermission: [['a', 'b', 'c']] },
      { anyPermission: [['a', 'b']] },
      'narrowed',
    ],
    [
      'one of two lists gone',
      {
        anyPermission: [
          ['a', 'b'],
          ['a', 'c'],
        ],
      },
      { anyPermission: [['a', 'b']] },
      '!widened',
    ],
    ['a role more', { roles: [['clerk']] }, { roles: [['clerk', 'viewer']] }, '!widened'],
    [
      'a role that inherits the old one',
      { roles: [['viewer']] },
      { roles: [['clerk']] },
      'narrowed',
    ],
    [
      'a role that the old one inherits',
      { roles: [['clerk']] },
      { roles: [['viewer']] },
      '!widened',
    ],
    ['a role nobody knew', { roles: [['viewer']] }, { roles: [['toString']] }, '!changed'],
    [
      'an older step-up',
      { stepUp: { maxAgeSeconds: 300 } },
      { stepUp: { maxAgeSeconds: 301 } },
      '!widened',
    ],
    [
      'a younger step-up',
      { stepUp: { maxAgeSeconds: 300 } },
      { stepUp: { maxAgeSeconds: 299 } },
      'narrowed',
    ],
    [
      'a step-up of any age',
      { stepUp: { maxAgeSeconds: 300, amr: ['otp'] } },
      { stepUp: { amr: ['otp'] } },
      '!widened',
    ],
    [
      'a method less',
      { stepUp: { amr: ['hwk', 'otp'] } },
      { stepUp: { amr: ['otp'] } },
      '!widened',
    ],
    ['another method', { stepUp: { amr: ['hwk'] } }, { stepUp: { amr: ['otp'] } }, '!changed'],
    ['a step-up gone', { stepUp: { maxAgeSeconds: 1 } }, {}, '!widened'],
    ['a policy gone', { policies: ['Own', 'Open'] }, { policies: ['Open'] }, '!widened'],
    ['a policy exchanged', { policies: ['Own'] }, { policies: ['Any'] }, '!changed'],
    ['four eyes gone', { fourEyes: ['Creator'] }, {}, '!widened'],
    ['a policy added', {}, { policies: ['Own'] }, 'narrowed'],
  ])('AZ-1: tells what it is: %s', (_, before, after, kind) => {
    expect(needs(before, after)).toEqual([kind]);
  });

  it('tells a route that became public from one that was new and public', () => {
    expect(change({ needs: { permissions: ['a'] } }, { access: 'public', needs: {} })).toEqual([
      '!newly_public GET /things',
    ]);
    expect(kinds(lockOf([]), lockOf([route({ access: 'public' })]))).toEqual([
      '!newly_public GET /things',
    ]);
    expect(change({ access: 'public' }, {})).toEqual(['narrowed GET /things']);
    expect(
      change({ access: 'public', reason: 'one' }, { access: 'public', reason: 'two' }),
    ).toEqual(['reworded GET /things']);
  });

  it('lets guarded routes come and any route go', () => {
    expect(kinds(lockOf([]), lockOf([route()]))).toEqual(['added GET /things']);
    expect(kinds(lockOf([route()]), lockOf([]))).toEqual(['removed GET /things']);
  });

  it('AZ-1: takes a loosened method for wider even where its needs look the same', () => {
    expect(
      change({ needs: { permissions: ['a'] } }, { needs: { permissions: ['a'] }, reason: 'r' }),
    ).toEqual(['!widened GET /things']);
  });

  it('follows a route to another path, name, version or handler', () => {
    const needs: AccessNeeds = { permissions: ['a'] };
    expect(change({ needs }, { needs, name: '/stuff' })).toEqual(['renamed GET /stuff']);
    expect(change({ needs }, { needs, handler: 'find' })).toEqual(['renamed GET /things']);
    expect(change({ needs, name: '/v1/things' }, { needs, name: '/v2/things' })).toEqual([
      'renamed GET /v2/things',
    ]);
    expect(change({ needs, version: '1' }, { needs, version: '2' })).toEqual([
      'renamed GET /things (version 2)',
    ]);
    expect(change({ needs, name: '/t/:id' }, { needs, name: '/t/:key' })).toEqual([
      'renamed GET /t/:key',
    ]);
  });

  it.each<[string, Partial<AccessMapEntry>]>([
    ['another path', { name: '/stuff' }],
    ['another version by other code', { name: '/v2/things', ...other }],
    ['another name of a parameter by other code', { name: '/v1/THINGS', ...other }],
    ['another method and path', { operation: 'POST', name: '/stuff' }],
    ['every method', { operation: 'ALL', name: '/v1/things' }],
    ['every method by other code', { operation: 'ALL', name: '/v1/things', ...other }],
  ])('AZ-1: sees that a route is wider although it moved at once: %s', (_, moved) => {
    const before = route({ name: '/v1/things', needs: { permissions: ['a'] } });
    const after = route({ needs: {}, ...moved });
    expect(
      kinds(lockOf([before]), lockOf([after])).filter((text) => text.startsWith('!')),
    ).not.toEqual([]);
  });

  it('AZ-1: sees code move behind a path that asks for less, although no path changed', () => {
    const strict = route({ name: '/a', needs: { permissions: ['a'] }, handler: 'strict' });
    const open = route({ name: '/b', handler: 'open' });
    const swapped = lockOf([
      { ...strict, handler: 'fresh' },
      { ...open, handler: 'strict' },
    ]);
    expect(kinds(lockOf([strict, open]), swapped)).toContain('!widened GET /b');
  });

  it('AZ-1: sees a new route that takes requests from a stricter one, and not one that asks for as much', () => {
    const all = route({ operation: 'ALL', needs: { permissions: ['a'] } });
    expect(kinds(lockOf([all]), lockOf([all, route(other)]))).toEqual(['!widened GET /things']);
    const strict = route({ ...other, needs: { permissions: ['a', 'b'] } });
    expect(kinds(lockOf([all]), lockOf([all, strict]))).toEqual(['added GET /things']);
  });

  it('AZ-1: sees handlers of one path change places, and a removed one leave it to a weaker one', () => {
    const strict = route({ order: 1, needs: { permissions: ['a'] } });
    const weak = route({ order: 2, ...other });
    const turned = lockOf([
      { ...strict, order: 2 },
      { ...weak, order: 1 },
    ]);
    expect(kinds(lockOf([strict, weak]), turned)).toEqual([
      '!widened GET /things',
      '!widened GET /things',
    ]);
    const left = lockOf([{ ...weak, order: undefined }]);
    expect(kinds(lockOf([strict, weak]), left)).toContain('!widened GET /things');
  });

  it('AZ-1: sees each route that a role newly reaches, by its grants or because it is new', () => {
    const guarded = (roles: string[]): AccessMapEntry[] =>
      ['/a', '/b'].map((name) =>
        route({ name, handler: name, needs: { permissions: ['b'] }, roles }),
      );
    const before = lockOf(guarded(['clerk']));
    const granted = { ...before.roles, viewer: { inherits: [], permissions: ['a', 'b'] } };
    expect(kinds(before, lockOf(guarded(['clerk', 'viewer']), { roles: granted }))).toEqual([
      '!widened GET /a',
      '!widened GET /b',
      '!widened role viewer',
    ]);
    const auditor = { ...before.roles, auditor: { inherits: [], permissions: ['b'] } };
    expect(kinds(before, lockOf(guarded(['auditor', 'clerk']), { roles: auditor }))).toEqual([
      '!widened GET /a',
      '!widened GET /b',
      '!widened role auditor',
    ]);
  });

  it.each<[string, Partial<AccessLock['settings']>]>([
    ['globalGuards', { globalGuards: false }],
    ['unannotated', { unannotated: 'authenticated' }],
  ])('AZ-1: sees a setting that weakens every route: %s', (name, weaker) => {
    const strict = lockOf([route()]);
    const weak = { ...strict, settings: { ...strict.settings, ...weaker } };
    expect(kinds(strict, weak)).toEqual([`!widened setting ${name}`]);
    expect(kinds(weak, strict)).toEqual([`narrowed setting ${name}`]);
    expect(kinds(weak, weak)).toEqual([]);
  });

  it('lets a role have a permission that did not exist before', () => {
    const before = lockOf([]);
    const roles = { ...before.roles, viewer: { inherits: [], permissions: ['a', 'new'] } };
    expect(diffAccess(before, { ...before, permissions: ['a', 'b', 'c', 'new'], roles })).toEqual(
      [],
    );
  });

  it.each(['separate', 'separateInSession'] as const)(
    'AZ-6: sees that roles are no longer apart (%s)',
    (kind) => {
      const apart = lockOf([], { [kind]: [['clerk', 'viewer']] });
      expect(kinds(apart, lockOf([])).map((text) => text.split(' ')[0])).toEqual(['!widened']);
      expect(kinds(lockOf([]), apart).map((text) => text.split(' ')[0])).toEqual(['narrowed']);
      const more = lockOf([], { [kind]: [['clerk', 'other', 'viewer']] });
      expect(kinds(apart, more).filter((text) => text.startsWith('!'))).toEqual([]);
    },
  );
});

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }).map((l) => l.sort());
const anyNeeds: fc.Arbitrary<AccessNeeds> = fc.record(
  {
    roles: fc.array(fc.constantFrom(['clerk'], ['viewer'], ['clerk', 'viewer']), {
      minLength: 1,
      maxLength: 1,
    }),
    permissions: names,
    anyPermission: fc.array(
      names.filter(({ length }) => length > 1),
      { minLength: 1, maxLength: 2 },
    ),
    stepUp: fc.record({ maxAgeSeconds: fc.integer({ min: 1, max: 9 }) }),
    policies: names,
    fourEyes: names,
  },
  { requiredKeys: [] },
);
const anyRoutes = fc.uniqueArray(
  fc.record({
    operation: fc.constantFrom('GET', 'POST', 'ALL'),
    name: fc.constantFrom('/a', '/a/:id', '/v1/a', '/v2/a', '/b'),
    handler: fc.constantFrom('one', 'two', 'three'),
    needs: anyNeeds,
  }),
  { minLength: 1, maxLength: 6, selector: ({ operation, name }) => `${operation} ${name}` },
);

describe('any two maps', () => {
  it('do not differ when they are the same, in whatever order', () => {
    fc.assert(
      fc.property(anyRoutes, fc.func(fc.integer()), (given, weigh) => {
        const routes = given.map(route);
        const shuffled = [...routes].sort((one, two) => weigh(one) - weigh(two));
        expect(diffAccess(lockOf(routes), lockOf(shuffled))).toEqual([]);
      }),
    );
  });

  it('differ in the same way whatever their order', () => {
    fc.assert(
      fc.property(anyRoutes, anyRoutes, (one, two) => {
        const [before, after] = [one.map(route), two.map(route)];
        expect(diffAccess(lockOf([...before].reverse()), lockOf([...after].reverse()))).toEqual(
          diffAccess(lockOf(before), lockOf(after)),
        );
      }),
    );
  });

  it('AZ-1: differ by a widening when any requirement of any route is gone', () => {
    const members = [
      'roles',
      'permissions',
      'anyPermission',
      'stepUp',
      'policies',
      'fourEyes',
    ] as const;
    fc.assert(
      fc.property(anyRoutes, fc.nat(), fc.constantFrom(...members), (given, index, member) => {
        const routes = given.map(route);
        const chosen = routes[index % routes.length];
        fc.pre(chosen?.needs[member] !== undefined);
        // What another need of the same route implies was never needed.
        fc.pre(member !== 'anyPermission' || chosen.needs.permissions === undefined);
        const after = routes.map((one) =>
          one === chosen ? { ...one, needs: { ...one.needs, [member]: undefined } } : one,
        );
        expect(diffAccess(lockOf(routes), lockOf(after))).toContainEqual(
          expect.objectContaining({ widens: true }),
        );
      }),
    );
  });

  it('AZ-1: differ by a widening when anything that was guarded is public', () => {
    fc.assert(
      fc.property(anyRoutes, anyRoutes, fc.nat(), (one, two, index) => {
        const after = two.map(route);
        const chosen = after[index % after.length];
        const opened = after.map((each) =>
          each === chosen ? { ...each, access: 'public' as const, needs: {} } : each,
        );
        expect(diffAccess(lockOf(one.map(route)), lockOf(opened))).toContainEqual(
          expect.objectContaining({ kind: 'newly_public', widens: true }),
        );
      }),
    );
  });
});
