import fc from 'fast-check';
import { ALICE, API, BOB, World } from './client-world';
import { Forger } from './forger';

const SECONDS = 60;
const REST_SECONDS = 10;
/** One in five seconds, and the first. */
const MOST_REQUESTS = (SECONDS + REST_SECONDS) / 5 + 1;

/** Says something a hundred times a second for a minute. */
async function storm(world: World, forger: Forger, message: (index: number) => unknown) {
  for (let index = 0; index < SECONDS; index += 1) {
    await forger.say(...Array.from({ length: 100 }, (_, more) => message(100 * index + more)));
  }
  await world.pass(1000 * REST_SECONDS);
}

describe('a storm of messages', () => {
  it.each([
    ['where the hint is readable', {}],
    ['where it is not', { baseUrl: 'https://api.example.org/auth' }],
    ['where there are no tokens', { transport: 'session' as const }],
    [
      'where there are neither',
      { baseUrl: 'https://api.example.org/auth', transport: 'session' as const },
    ],
  ])(
    'SD-6: of sessions that began makes few requests, and ends with it: %s',
    async (_how, options) => {
      const world = new World();
      const page = await world.open({ ...options, shareToken: false });
      await world.done(page.auth.login(ALICE));
      world.profile.requests.length = 0;
      const forger = new Forger(world);
      await storm(world, forger, (index) => ({ kind: 'began', sessionId: `made-up-${index}` }));
      expect(world.profile.requests.length).toBeLessThanOrEqual(MOST_REQUESTS);
      expect(page.auth.user?.email).toBe(ALICE.email);
      await world.pass(600_000);
      expect(world.profile.requests.length).toBeLessThanOrEqual(MOST_REQUESTS + 3);
    },
  );

  it('SD-6: of sessions that began ends none that the cookie still names', async () => {
    const world = new World();
    const page = await world.signedIn();
    page.seen.length = 0;
    const forger = new Forger(world);
    await storm(world, forger, (index) => ({ kind: 'began', sessionId: `made-up-${index}` }));
    expect(page.seen).toEqual([]);
  });

  it('SD-6: of questions makes no request', async () => {
    const world = new World();
    for (let count = 0; count < 3; count += 1) await world.open();
    await world.done(world.pages[0]!.auth.login(ALICE));
    world.profile.requests.length = 0;
    const forger = new Forger(world);
    await forger.say(...Array.from({ length: 1000 }, () => ({ kind: 'ask' })));
    expect(world.profile.requests).toEqual([]);
    expect(world.statuses).toEqual(Array(3).fill('authenticated'));
  });

  it('2: of changes of the cookies makes no request', async () => {
    const world = new World();
    const page = await world.signedIn();
    world.profile.requests.length = 0;
    page.seen.length = 0;
    for (let count = 0; count < 1000; count += 1) world.profile.emit('cookies');
    await world.pass(10_000);
    expect([world.profile.requests, page.seen]).toEqual([[], []]);
  });
});

const numbers = fc.constantFrom(
  Number.NaN,
  -1,
  0,
  1,
  0.5,
  1e308,
  Number.POSITIVE_INFINITY,
  '1',
  null,
);
const ids = fc.constantFrom<unknown>('session-1', 'session-2', '', undefined, null, 7, {});
const people = fc.record({
  user: fc.oneof(
    fc
      .constantFrom(ALICE.email, BOB.email)
      .map((email) => ({ id: email, email, displayName: null })),
    fc.anything(),
  ),
  session: fc.oneof(fc.record({ id: ids, authTime: fc.constantFrom('2099', 7) }), fc.anything()),
  roles: fc.oneof(fc.constant(['viewer']), fc.anything()),
  permissions: fc.oneof(fc.constant([]), fc.anything()),
  authorityVersion: numbers,
  status: fc.constantFrom('loading', 'challenge', 'anonymous'),
});
const messages = fc.oneof(
  fc.anything(),
  fc.record({ kind: fc.constant('ask') }),
  fc.record({ kind: fc.constant('began'), sessionId: ids }),
  fc.record({
    kind: fc.constant('ended'),
    sessionId: ids,
    reason: fc.oneof(fc.string(), fc.anything()),
  }),
  fc.record({
    kind: fc.constant('access'),
    access: fc.oneof(
      fc.record({
        token: fc.constantFrom('forged', '', 7),
        generation: numbers,
        life: numbers,
      }),
      fc.anything(),
    ),
    signedIn: fc.oneof(people, fc.anything()),
  }),
);

describe('whatever is said on the channel', () => {
  const cloneable = messages.filter((message) => {
    try {
      structuredClone(message);
      return true;
    } catch {
      return false;
    }
  });

  it.each([
    ['somebody is signed in', true],
    ['nobody is', false],
  ])(
    'SD-6: changes no more than its kind may, where %s',
    async (_who, isSignedIn) => {
      await fc.assert(
        fc.asyncProperty(fc.array(cloneable, { maxLength: 12 }), async (said) => {
          const world = new World();
          const page = isSignedIn ? await world.signedIn() : await world.open();
          world.profile.requests.length = 0;
          page.seen.length = 0;
          await new Forger(world).say(...said);
          await world.pass(20_000);
          const state = page.auth.getState();
          // Nobody but who was there, or nobody, and a reason that a page can show.
          if (state.status === 'anonymous') expect(state.reason).toMatch(/^[a-z_]+$/);
          else
            expect([state.status, page.auth.user?.email]).toEqual(['authenticated', ALICE.email]);
          if (!isSignedIn)
            expect([page.seen, state]).toEqual([[], { status: 'anonymous', reason: 'never' }]);
          expect(world.profile.requests.length).toBeLessThanOrEqual(5);
          expect(page.auth.can('invoices:approve')).toBe(false);
          if (page.auth.user !== null) {
            expect((await world.done(page.auth.fetch(API))).status).toBe(200);
          }
        }),
        { numRuns: 300 },
      );
    },
    60_000,
  );
});
