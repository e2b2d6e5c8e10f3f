import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { asleep, refresh, started } from './stage';
import { until } from '../support/until';
import type { Model, SoakWorld } from './soak-world';

const LONGEST_SLEEP_MS = 12_000;
const LONGEST_PAUSE_MS = 4000;
/** A refresh takes a little longer than that, so that its answer is often still on the way. */
const LONGEST_DELAY_MS = 150;

/** Something that a person, a browser or an administrator does. */
export interface Step {
  readonly title: string;
  /** How often it is chosen, beside the others. */
  readonly weight: number;
  /** Whether it may be taken now. */
  readonly fits: (model: Model, tabs: number) => boolean;
  readonly take: (world: SoakWorld) => Promise<void>;
}

const online = ({ online: isOnline }: Model) => isOnline;
const signedIn = (model: Model) => model.online && model.signedIn !== undefined;

/** A tab whose refresh began a moment ago, and may be over. */
async function inTheMiddleOfARefresh(world: SoakWorld): Promise<Page> {
  const page = world.anyPage();
  await page.evaluate(() => void globalThis.auth.refreshAuth().catch(() => undefined));
  await sleep(world.random.below(LONGEST_DELAY_MS));
  return page;
}

export const STEPS: readonly Step[] = [
  {
    title: 'reload a tab',
    weight: 6,
    fits: online,
    take: (world) => world.reload(world.anyPage()),
  },
  {
    title: 'reload several tabs at once',
    weight: 3,
    fits: online,
    async take(world) {
      await Promise.all(world.somePages().map((page) => world.reload(page)));
    },
  },
  {
    title: 'reload a tab in the middle of a refresh',
    weight: 4,
    fits: signedIn,
    async take(world) {
      const page = await inTheMiddleOfARefresh(world);
      await world.reload(page);
    },
  },
  {
    title: 'reload every tab at once in the middle of a refresh',
    weight: 4,
    fits: signedIn,
    async take(world) {
      await inTheMiddleOfARefresh(world);
      await Promise.all(world.pages.map((each) => world.reload(each)));
    },
  },
  {
    title: 'open a tab',
    weight: 8,
    fits: (model, tabs) => model.online && tabs < 10,
    take: (world) => world.open(),
  },
  {
    title: 'close a tab',
    weight: 4,
    fits: (model, tabs) => model.online && tabs > 2,
    take: (world) => world.close(world.anyPage()),
  },
  {
    title: 'close a tab in the middle of a refresh',
    weight: 3,
    fits: (model, tabs) => signedIn(model) && tabs > 2,
    async take(world) {
      const page = await inTheMiddleOfARefresh(world);
      await world.close(page);
    },
  },
  {
    title: 'crash a tab',
    weight: 1,
    fits: (model, tabs) => model.online && tabs > 2,
    async take(world) {
      const page = world.anyPage();
      await page.goto('chrome://crash').catch(() => undefined);
      await world.close(page);
    },
  },
  {
    title: 'sleep',
    weight: 3,
    fits: () => true,
    take: (world) =>
      asleep(world.stage.browser, () => sleep(world.random.below(LONGEST_SLEEP_MS))).then(
        () => undefined,
      ),
  },
  {
    title: 'pass time',
    weight: 4,
    fits: () => true,
    take: (world) => sleep(world.random.below(LONGEST_PAUSE_MS)).then(() => undefined),
  },
  {
    title: 'refresh in several tabs at once',
    weight: 4,
    fits: signedIn,
    async take(world) {
      const outcomes = await Promise.all(world.somePages().map(refresh));
      expect(new Set([...outcomes, 'done'])).toEqual(new Set(['done']));
    },
  },
  {
    title: 'lose the network',
    weight: 2,
    fits: online,
    async take(world) {
      await world.settled();
      await world.stage.context.setOffline(true);
      world.model.online = false;
    },
  },
  {
    title: 'ask without a network',
    weight: 4,
    fits: (model) => !model.online && model.signedIn !== undefined,
    async take(world) {
      // Another tab may have got a token that this one had not heard of.
      expect(['offline', 'done']).toContain(await refresh(world.anyPage()));
    },
  },
  {
    title: 'find the network again',
    weight: 6,
    fits: (model) => !model.online,
    take: (world) => world.goOnline(),
  },
  {
    title: 'sign out',
    weight: 2,
    fits: signedIn,
    async take(world) {
      const page = world.anyPage();
      await started(page);
      await page.evaluate(() => globalThis.auth.logout());
      world.model.signedIn = undefined;
    },
  },
  {
    title: 'sign out in the middle of a refresh',
    weight: 2,
    fits: signedIn,
    async take(world) {
      const [page, other] = [world.anyPage(), world.anyPage()];
      await started(page);
      const refreshing = refresh(other);
      await page.evaluate(() => globalThis.auth.logout());
      await refreshing;
      world.model.signedIn = undefined;
    },
  },
  {
    title: 'sign out without a network, and find it again',
    weight: 2,
    fits: (model) => !model.online && model.signedIn !== undefined,
    async take(world) {
      const page = world.anyPage();
      const code = await page.evaluate(() =>
        globalThis.auth
          .logout()
          .then(() => 'done')
          .catch((error: unknown) => (error as { readonly code: string }).code),
      );
      expect(code).toBe('offline');
      world.model.signedIn = undefined;
      await world.expectTruth();
      await world.goOnline();
      await until('a session that ended at the server too', async () => {
        return (await world.stage.secretCookie()) === undefined;
      });
    },
  },
  {
    title: 'sign in',
    weight: 12,
    fits: (model) => model.online && model.signedIn === undefined,
    take: (world) => world.signIn(world.anyPage(), world.random.of(world.people)),
  },
  {
    title: 'sign in as somebody else',
    weight: 2,
    fits: signedIn,
    async take(world) {
      const others = world.people.filter((person) => person !== world.model.signedIn);
      await world.signIn(world.anyPage(), world.random.of(others));
    },
  },
  {
    title: 'change a role',
    weight: 3,
    fits: signedIn,
    take: (world) => world.changeRole(world.model.signedIn!),
  },
];

/** One of the steps that fit, by their weights. */
export function nextStep({ model, pages, random }: SoakWorld): Step {
  const possible = STEPS.filter(({ fits }) => fits(model, pages.length));
  const total = possible.reduce((sum, { weight }) => sum + weight, 0);
  let left = random.below(total);
  return possible.find(({ weight }) => (left -= weight) < 0)!;
}
