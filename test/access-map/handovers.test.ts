import fc from 'fast-check';
import type { AccessMapEntry } from '../../src/access-map/access-lock';
import { diffAccess } from '../../src/access-map/diff-access';
import { lockOf, route } from './locks';

/** `!kind subject` for what widens. */
function widenings(before: readonly AccessMapEntry[], after: readonly AccessMapEntry[]): string[] {
  return diffAccess(lockOf(before), lockOf(after))
    .filter(({ widens }) => widens)
    .map(({ kind, subject }) => `${kind} ${subject}`);
}

const guard = { access: 'authenticated', needs: { permissions: ['a'] } } as const;
const open = { access: 'public', needs: {} } as const;
const one = { module: 'OneModule' } as const;
const two = { module: 'TwoModule' } as const;

describe('controllers of the same name in two modules', () => {
  it('AZ-1: are seen to change places, so that guarded code is public', () => {
    const before = [
      route({ ...one, name: '/admin', ...guard }),
      route({ ...two, name: '/open', ...open }),
    ];
    const after = [
      route({ ...two, name: '/admin', ...guard }),
      route({ ...one, name: '/open', ...open }),
    ];
    expect(widenings(before, after)).toEqual(['widened GET /open']);
  });

  it('AZ-1: are seen when one goes and guarded code takes the public path of the other', () => {
    const before = [
      route({ ...one, name: '/admin', ...guard }),
      route({ ...two, name: '/open', ...open }),
    ];
    expect(widenings(before, [route({ ...one, name: '/open', ...open })])).toEqual([
      'widened GET /open',
    ]);
  });

  it('AZ-1: are seen when the guarded one goes and the public one takes its path', () => {
    const before = [
      route({ ...one, name: '/admin', ...guard }),
      route({ ...two, name: '/open', ...open }),
    ];
    expect(widenings(before, [route({ ...two, name: '/admin', ...open })])).toContain(
      'newly_public GET /admin',
    );
  });

  it('AZ-1: are seen where the module of the guarded one has another name now', () => {
    const before = [
      route({ ...one, name: '/admin', ...guard }),
      route({ name: '/open', controller: 'OpenController', ...open }),
    ];
    expect(widenings(before, [route({ ...two, name: '/open', ...open })])).toEqual([
      'widened GET /open',
    ]);
  });

  it('may move to a module of another name, beside one that keeps its own', () => {
    const before = [
      route({ ...one, name: '/admin', ...guard }),
      route({ ...two, name: '/open', ...open }),
    ];
    const [admin = route()] = before;
    const after = [admin, route({ module: 'NewModule', name: '/open', ...open })];
    expect(widenings(before, after)).toEqual([]);
  });
});

describe('a path that other code takes over', () => {
  const all = route({ operation: 'ALL', name: '/a', handler: 'all', ...guard });
  const elsewhere = route({ name: '/b', ...open });
  const moved = route({ name: '/a', ...open });

  it.each<[string, readonly AccessMapEntry[], readonly AccessMapEntry[], string]>([
    ['one method of all, which are gone', [all, elsewhere], [moved], 'GET /a'],
    ['one method of all, which stay', [all, elsewhere], [all, moved], 'GET /a'],
    [
      'all methods, for one that moves away',
      [route({ name: '/a', ...guard }), { ...all, ...open }],
      [route({ name: '/c', ...guard }), { ...all, ...open }],
      'GET /c',
    ],
    [
      'every version, for one that is gone',
      [route({ version: '1', ...guard }), route({ handler: 'any', ...open })],
      [route({ handler: 'any', ...open })],
      'GET /things (version 1)',
    ],
    [
      'every host, for one that is gone',
      [route({ host: 'h', ...guard }), route({ handler: 'any', ...open })],
      [route({ handler: 'any', ...open })],
      'GET /things (host h)',
    ],
    [
      'all methods beside one that asks for more',
      [route(guard)],
      [route(guard), route({ operation: 'ALL', handler: 'all' })],
      'ALL /things',
    ],
    [
      'one version beside all, which ask for more',
      [route(guard)],
      [route(guard), route({ version: '2', handler: 'next' })],
      'GET /things (version 2)',
    ],
  ])('AZ-1: is wider where that asks for less: %s', (_, before, after, subject) => {
    expect(widenings(before, after)).toContain(`widened ${subject}`);
  });

  it('AZ-1: is wider where known code asks for less at a new path', () => {
    expect(widenings([route(guard)], [route(guard), route({ name: '/new' })])).toEqual([
      'widened GET /new',
    ]);
  });
});

const anyRoutes = fc.uniqueArray(
  fc.record({
    operation: fc.constantFrom('GET', 'POST', 'ALL'),
    name: fc.constantFrom('/a', '/b', '/c'),
    module: fc.constantFrom('OneModule', 'TwoModule'),
    handler: fc.constantFrom('read', 'list'),
    needs: fc.constantFrom({}, { permissions: ['a'] }),
  }),
  { minLength: 1, maxLength: 6, selector: ({ operation, name }) => `${operation} ${name}` },
);
const isGuarded = ({ needs }: AccessMapEntry): boolean => needs.permissions !== undefined;
const placeOf = ({ operation, name }: AccessMapEntry): string => `${operation} ${name}`;
const handlerOf = ({ module, handler }: AccessMapEntry): string => `${module} ${handler}`;

describe('any two maps', () => {
  it('AZ-1: differ by a widening when requests to a guarded route reach one that asks for nothing', () => {
    fc.assert(
      fc.property(anyRoutes, anyRoutes, (first, second) => {
        const [before, after] = [first.map(route), second.map(route)];
        const [old, now] = [new Set(before.map(placeOf)), new Set(after.map(placeOf))];
        const isTakenOver = before.filter(isGuarded).some((owner) =>
          after.some(
            (heir) =>
              !isGuarded(heir) &&
              heir.name === owner.name &&
              (heir.operation === owner.operation ||
                // Where both stood and stand, nothing was handed over.
                ([heir.operation, owner.operation].includes('ALL') &&
                  !(now.has(placeOf(owner)) && old.has(placeOf(heir))))),
          ),
        );
        fc.pre(isTakenOver);
        expect(widenings(before, after)).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('AZ-1: differ by a widening when code that was guarded everywhere asks for nothing', () => {
    fc.assert(
      fc.property(anyRoutes, anyRoutes, (first, second) => {
        const [before, after] = [first.map(route), second.map(route)];
        const isOpened = after.some((entry) => {
          const origins = before.filter((other) => handlerOf(other) === handlerOf(entry));
          return !isGuarded(entry) && origins.length > 0 && origins.every(isGuarded);
        });
        fc.pre(isOpened);
        expect(widenings(before, after)).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
