import fc from 'fast-check';
import type { Watch } from './client-watch';
import { ALICE, API, APPROVE, BOB, TOKEN_SECONDS, type Page, type World } from './client-world';

/** What ought to be true, as far as it can be known without looking into the client. */
export interface Model {
  readonly transport: 'cookie' | 'session';
  /** Whom the server has a session for in this profile. */
  signedIn: string | undefined;
  tabs: number;
  online: boolean;
}

/** The tabs, and who watches them. */
export interface Real {
  readonly world: World;
  readonly watch: Watch;
}

type Step = fc.AsyncCommand<Model, Real>;
type Check = (model: Readonly<Model>) => boolean;
type Run = (model: Model, real: Real) => Promise<void>;

const MAX_TABS = 4;

const isOpen: Check = ({ tabs, online }) => tabs > 0 && online;
const isSignedIn: Check = (model) => isOpen(model) && model.signedIn !== undefined;

/** A step that may be taken when `check` says so. */
function step(title: string, check: Check, run: Run): Step {
  return {
    check,
    async run(model, real) {
      await run(model, real);
      // On its own account a tab asks the server once in five seconds.
      await real.world.pass(6000);
      expectTruth(model, real);
    },
    toString: () => title,
  };
}

function expectTruth(model: Model, { world, watch }: Real): void {
  expect(world.server.reuses).toBe(0);
  watch.check();
  for (const { auth } of world.pages) {
    const state = auth.getState();
    const shown = 'user' in state ? state.user.email : undefined;
    // Nobody is shown as another, and nobody is signed out by a race or a dead network.
    expect(shown).toBe(model.signedIn);
    expect(state.status === 'authenticated' || state.status === 'stale').toBe(shown !== undefined);
  }
}

function pageOf({ world }: Real, index: number): Page {
  return world.pages[index % world.pages.length]!;
}

const anyTab = fc.nat({ max: MAX_TABS - 1 });
const anybody = fc.constantFrom(ALICE, BOB);

const tabs: readonly fc.Arbitrary<Step>[] = [
  fc.constant(
    step(
      'open',
      ({ tabs: open, online }) => open < MAX_TABS && online,
      async (model, { world, watch }) => {
        model.tabs += 1;
        await world.open({ transport: model.transport }, (page) => watch.begin(page));
      },
    ),
  ),
  anyTab.map((tab) =>
    step(
      `close ${tab}`,
      ({ tabs: open }) => open > 1,
      async (model, real) => {
        model.tabs -= 1;
        await real.world.close(pageOf(real, tab));
      },
    ),
  ),
];

const signIns: readonly fc.Arbitrary<Step>[] = [
  fc.tuple(anyTab, anybody).map(([tab, person]) =>
    step(`login ${person.email} in ${tab}`, isOpen, async (model, real) => {
      await real.world.done(pageOf(real, tab).auth.login(person));
      model.signedIn = person.email;
    }),
  ),
  fc.tuple(anyTab, anybody, fc.boolean()).map(([tab, person, hasRunOut]) =>
    step(
      `login ${person.email} in ${tab} while the next asks something${hasRunOut ? ' too late' : ''}`,
      // A cookie is the browser's: until the other tab has heard, it speaks for whoever signed in last.
      (model) => isSignedIn(model) && model.tabs > 1 && model.transport === 'cookie',
      async (model, real) => {
        const { world, watch } = real;
        for (const page of world.pages) page.tab.hide();
        if (hasRunOut) await world.clock.sleep(2 * TOKEN_SECONDS * 1000);
        // The server knows of the sign-in, and no tab does: what asks now is answered for the next person.
        await world.delayed('/auth/login', 600, async () => {
          const signingIn = pageOf(real, tab).auth.login(person);
          await world.pass(60);
          await world.done(Promise.all([signingIn, watch.send(pageOf(real, tab + 1), API)]));
        });
        for (const page of world.pages) page.tab.show();
        model.signedIn = person.email;
      },
    ),
  ),
];

const ends: readonly fc.Arbitrary<Step>[] = [
  anyTab.map((tab) =>
    step(`logout in ${tab}`, isSignedIn, async (model, real) => {
      await real.world.done(pageOf(real, tab).auth.logout());
      model.signedIn = undefined;
    }),
  ),
  ...(['/auth/refresh', '/auth/session', '/auth/step-up'] as const).map((path) =>
    fc.tuple(anyTab, anyTab).map(([tab, other]) =>
      step(`logout in ${tab} while ${other} waits for ${path}`, isSignedIn, async (model, real) => {
        const { auth } = pageOf(real, other);
        await real.world.delayed(path, 400, async () => {
          if (path === '/auth/session') {
            real.world.server.changePermissions(model.signedIn!, ['invoices:read']);
            await real.world.done(real.watch.send(pageOf(real, other), API));
          }
          const late = path === '/auth/step-up' ? auth.stepUp(ALICE) : auth.refreshAuth();
          late.catch(() => undefined);
          await real.world.pass(120);
          await real.world.done(pageOf(real, tab).auth.logout());
          model.signedIn = undefined;
        });
      }),
    ),
  ),
  anyTab.map((tab) =>
    step(`${tab} ends another device's session`, isSignedIn, async (model, real) => {
      const { server } = real.world;
      const { auth } = pageOf(real, tab);
      server.openSession(model.signedIn!, 'another');
      const live = server.live;
      const sessions = await real.world.done(auth.listSessions());
      const other = sessions.find(({ device }) => device === 'another');
      await real.world.done(auth.revokeSession(other!.id));
      expect(server.live).toBe(live - 1);
    }),
  ),
  anyTab.map((tab) =>
    step(`${tab} ends its own session`, isSignedIn, async (model, real) => {
      const page = pageOf(real, tab);
      const sessions = await real.world.done(page.auth.listSessions());
      await real.world.done(page.auth.revokeSession(sessions.find(({ current }) => current)!.id));
      // The token of another tab may be tried first.
      for (let time = 0; time < 2; time += 1) await real.world.done(real.watch.send(page, API));
      expect(page.auth.getState()).toMatchObject({ reason: 'session_revoked' });
      model.signedIn = undefined;
    }),
  ),
];

const refreshes: readonly fc.Arbitrary<Step>[] = [
  fc.tuple(anyTab, anyTab).map(([one, other]) =>
    step(`refresh in ${one} and ${other}`, isSignedIn, async (_model, real) => {
      const pages = [pageOf(real, one), pageOf(real, other)];
      const before = real.world.refreshes;
      await real.world.done(Promise.all(pages.map(({ auth }) => auth.refreshAuth())));
      expect(real.world.refreshes - before).toBeLessThanOrEqual(new Set(pages).size);
    }),
  ),
  fc.tuple(anyTab, anyTab).map(([one, other]) =>
    step(
      `step-up in ${one} overtakes the refresh of ${other}`,
      isSignedIn,
      async (_model, real) => {
        const { world } = real;
        const { auth } = pageOf(real, one);
        await world.delayed('/auth/refresh', 400, async () => {
          const refreshing = pageOf(real, other).auth.refreshAuth();
          await world.pass(20);
          await world.done(Promise.all([auth.stepUp(ALICE), refreshing]));
        });
        world.server.requireFreshProof(new URL(APPROVE).pathname, 60);
        expect(await world.done(real.watch.send(pageOf(real, one), APPROVE))).toBe(200);
      },
    ),
  ),
];

/** What a tab sent that was frozen, or what a message overtook. */
const messages: readonly fc.Arbitrary<Step>[] = [
  fc.constant(
    step(
      'a token of long ago arrives',
      (model) => isSignedIn(model) && model.transport === 'cookie',
      async (_model, { world }) => {
        const old = world.channel.heard.find(({ message }) => message.kind === 'access');
        const held = () =>
          world.done(Promise.all(world.pages.map(({ auth }) => auth.getAccessToken())));
        for (let count = 0; count < 2; count += 1) {
          await world.pass(31_000);
          await world.done(world.pages[0]!.auth.refreshAuth());
        }
        const before = await held();
        world.channel.send(old);
        await world.pass(10);
        expect(await held()).toEqual(before);
      },
    ),
  ),
];

const requests: readonly fc.Arbitrary<Step>[] = [
  anyTab.map((tab) =>
    step(`request in ${tab}`, isSignedIn, async (_model, real) => {
      expect(await real.world.done(real.watch.send(pageOf(real, tab), API))).toBe(200);
    }),
  ),
  fc.tuple(anyTab, fc.integer({ min: 1, max: 3 })).map(([tab, times]) =>
    step(`request in ${tab}, refused ${times} times`, isSignedIn, async (model, real) => {
      const { server } = real.world;
      const path = '/refused';
      const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' };
      for (let time = 0; time < times; time += 1)
        server.plan(path, 401, { code: 'invalid_token' }, challenge);
      const url = new URL(path, API).href;
      const isHelped = model.transport === 'cookie' && times === 1;
      expect(await real.world.done(real.watch.send(pageOf(real, tab), url))).toBe(
        isHelped ? 200 : 401,
      );
      server.unplan(path);
    }),
  ),
];

/** What the person does whom a tab asks for a proof. */
const responses: Readonly<Record<string, Response>> = {
  'answers it': {
    outcomes: [200],
    respond: ({ page }) => page.auth.stepUp(ALICE),
  },
  'mistypes first': {
    outcomes: [200],
    async respond({ page }) {
      const failed = page.auth.stepUp({ password: 'wrong' });
      await expect(failed).rejects.toMatchObject({ code: 'invalid_credentials' });
      await page.auth.stepUp(ALICE);
    },
  },
  'will not': {
    outcomes: [401],
    respond: () => Promise.reject(new Error('no')),
  },
  'does so in another tab': {
    // Where no token goes from tab to tab, this one does not hear of it.
    outcomes: [200, 401],
    respond: ({ other }) => other.auth.stepUp(ALICE),
  },
  'is another one by then': {
    outcomes: [401],
    async respond({ model, page }) {
      const next = model.signedIn === ALICE.email ? BOB : ALICE;
      await page.auth.login(next);
      model.signedIn = next.email;
    },
  },
  'signs out in another tab': {
    outcomes: [401],
    async respond({ model, other, page }) {
      const proving = page.auth.stepUp(ALICE).catch(() => undefined);
      await other.auth.logout();
      model.signedIn = undefined;
      await proving;
    },
  },
};

interface Response {
  /** How each request that asked for it may end. */
  readonly outcomes: readonly number[];
  respond(asked: {
    readonly model: Model;
    readonly page: Page;
    readonly other: Page;
  }): Promise<void>;
}

const proofs: readonly fc.Arbitrary<Step>[] = [
  fc.tuple(anyTab, anyTab, fc.constantFrom(...Object.keys(responses))).map(([tab, at, what]) =>
    step(
      `${tab} asks for a proof, and who is asked ${what} (${at})`,
      isSignedIn,
      async (model, real) => {
        const { world, watch } = real;
        const [page, other] = [pageOf(real, tab), pageOf(real, at)];
        const { outcomes, respond } = responses[what]!;
        world.server.requireFreshProof(new URL(APPROVE).pathname, 60);
        await world.pass(62_000);
        let times = 0;
        const stop = page.auth.onStepUp(async () => {
          times += 1;
          await world.after(200);
          return respond({ model, page, other });
        });
        const sent = [1, 2, 3].map(() => watch.send(page, APPROVE));
        for (const outcome of await world.done(Promise.all(sent)))
          expect(outcomes).toContain(outcome);
        expect(times).toBe(1);
        stop();
      },
    ),
  ),
];

const circumstances: readonly fc.Arbitrary<Step>[] = [
  fc.integer({ min: 1, max: 3 * TOKEN_SECONDS }).map((seconds) =>
    step(
      `sleep ${seconds} s`,
      () => true,
      async (_model, { world }) => {
        await world.clock.sleep(seconds * 1000);
        for (const { tab } of world.pages) tab.show();
      },
    ),
  ),
  fc.integer({ min: 1, max: 2 * TOKEN_SECONDS }).map((seconds) =>
    step(
      `pass ${seconds} s`,
      () => true,
      (_model, { world }) => world.pass(seconds * 1000),
    ),
  ),
  fc.constant(
    step(
      'network away',
      ({ online }) => online,
      async (model, { world }) => {
        model.online = false;
        world.profile.goOffline();
      },
    ),
  ),
  fc.constant(
    step(
      'network back',
      ({ online }) => !online,
      async (model, { world }) => {
        model.online = true;
        world.profile.goOnline();
        await world.pass(10_000);
      },
    ),
  ),
];

/** Everything that people, tabs and networks do. */
export const steps = [
  ...tabs,
  ...signIns,
  ...ends,
  ...refreshes,
  ...messages,
  ...requests,
  ...proofs,
  ...circumstances,
];
