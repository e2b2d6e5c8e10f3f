import fc from 'fast-check';
import { ALICE, API, BOB, TOKEN_SECONDS, World, type Page } from './client-world';

/** What ought to be true, as far as it can be known without looking into the client. */
interface Model {
  /** Whom the server has a session for in this profile. */
  signedIn: string | undefined;
  tabs: number;
  online: boolean;
}

type Step = fc.AsyncCommand<Model, World>;

const MAX_TABS = 4;

/** A step that may be taken when `check` says so. */
function step(
  title: string,
  check: (model: Readonly<Model>) => boolean,
  run: (model: Model, world: World) => Promise<void>,
): Step {
  return {
    check,
    async run(model, world) {
      await run(model, world);
      await world.pass(3000);
      expectTruth(model, world);
    },
    toString: () => title,
  };
}

function expectTruth(model: Model, world: World): void {
  expect(world.server.reuses).toBe(0);
  for (const { auth } of world.pages) {
    const state = auth.getState();
    const shown = 'user' in state ? state.user.email : undefined;
    // Nobody is shown as another, and nobody is signed out by a race or a dead network.
    expect(shown).toBe(model.signedIn);
    expect(state.status === 'authenticated' || state.status === 'stale').toBe(shown !== undefined);
  }
}

function pageOf(world: World, index: number): Page {
  return world.pages[index % world.pages.length]!;
}

const anyTab = fc.nat({ max: MAX_TABS - 1 });

const steps = [
  fc.constant(
    step(
      'open',
      ({ tabs, online }) => tabs < MAX_TABS && online,
      async (model, world) => {
        model.tabs += 1;
        await world.open();
      },
    ),
  ),
  anyTab.map((tab) =>
    step(
      `close ${tab}`,
      ({ tabs }) => tabs > 1,
      async (model, world) => {
        model.tabs -= 1;
        await world.close(pageOf(world, tab));
      },
    ),
  ),
  fc.tuple(anyTab, fc.constantFrom(ALICE, BOB)).map(([tab, person]) =>
    step(
      `login ${person.email} in ${tab}`,
      ({ tabs, online }) => tabs > 0 && online,
      async (model, world) => {
        await world.done(pageOf(world, tab).auth.login(person));
        model.signedIn = person.email;
      },
    ),
  ),
  anyTab.map((tab) =>
    step(
      `logout in ${tab}`,
      ({ tabs, online, signedIn }) => tabs > 0 && online && signedIn !== undefined,
      async (model, world) => {
        await world.done(pageOf(world, tab).auth.logout());
        model.signedIn = undefined;
      },
    ),
  ),
  anyTab.map((tab) =>
    step(
      `logout of ${tab} while it refreshes`,
      ({ tabs, online, signedIn }) => tabs > 0 && online && signedIn !== undefined,
      async (model, world) => {
        const { auth } = pageOf(world, tab);
        const refreshing = auth.refreshAuth().catch(() => undefined);
        await world.pass(20);
        await world.done(auth.logout());
        await refreshing;
        model.signedIn = undefined;
      },
    ),
  ),
  fc.tuple(anyTab, anyTab).map(([one, other]) =>
    step(
      `refresh in ${one} and ${other}`,
      ({ tabs, online, signedIn }) => tabs > 0 && online && signedIn !== undefined,
      async (_model, world) => {
        const pages = [pageOf(world, one), pageOf(world, other)];
        await world.done(Promise.all(pages.map(({ auth }) => auth.refreshAuth())));
      },
    ),
  ),
  fc.tuple(anyTab, anyTab).map(([one, other]) =>
    step(
      `step-up in ${one} while ${other} refreshes`,
      ({ tabs, online, signedIn }) => tabs > 0 && online && signedIn !== undefined,
      async (_model, world) => {
        const { auth } = pageOf(world, one);
        const refreshing = pageOf(world, other).auth.refreshAuth();
        await world.done(Promise.all([auth.stepUp(ALICE), refreshing]));
        expect(auth.getState()).toMatchObject({ session: { id: expect.any(String) } });
      },
    ),
  ),
  anyTab.map((tab) =>
    step(
      `fetch in ${tab}`,
      ({ tabs, online, signedIn }) => tabs > 0 && online && signedIn !== undefined,
      async (_model, world) => {
        const answer = await world.done(pageOf(world, tab).auth.fetch(API));
        expect(answer.status).toBe(200);
      },
    ),
  ),
  fc.integer({ min: 1, max: 3 * TOKEN_SECONDS }).map((seconds) =>
    step(
      `sleep ${seconds} s`,
      () => true,
      async (_model, world) => {
        await world.clock.sleep(seconds * 1000);
        for (const { tab } of world.pages) tab.show();
      },
    ),
  ),
  fc.integer({ min: 1, max: 2 * TOKEN_SECONDS }).map((seconds) =>
    step(
      `pass ${seconds} s`,
      () => true,
      (_model, world) => world.pass(seconds * 1000),
    ),
  ),
  fc.constant(
    step(
      'network away',
      ({ online }) => online,
      async (model, world) => {
        model.online = false;
        world.profile.goOffline();
      },
    ),
  ),
  fc.constant(
    step(
      'network back',
      ({ online }) => !online,
      async (model, world) => {
        model.online = true;
        world.profile.goOnline();
        await world.pass(10_000);
      },
    ),
  ),
];

describe('whatever people do in several tabs', () => {
  it.each([
    ['with locks and a channel', []],
    ['without locks', ['locks'] as const],
  ])(
    'nobody is shown as another, signed out by a race, or taken for a thief: %s',
    async (_title, without) => {
      await fc.assert(
        fc.asyncProperty(fc.commands(steps, { maxCommands: 25 }), async (commands) => {
          await fc.asyncModelRun(
            () => ({
              model: { signedIn: undefined, tabs: 0, online: true },
              real: new World({ without }),
            }),
            commands,
          );
        }),
        { numRuns: 150 },
      );
    },
    120_000,
  );
});
