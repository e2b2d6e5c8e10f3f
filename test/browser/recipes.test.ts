import type { Page } from 'playwright-core';
import type { Seen } from '../recipes/globals';
import { ADMIN } from '../support/server-process';
import { until } from '../support/until';
import { Held } from './client-site';
import { RecipesSite } from './recipes-site';
import { accountOf, describeOnStage, signIn, type Account } from './stage';

const REFRESH = '/auth/refresh';
const AWAY = { status: 503 };

describeOnStage('the recipes for TanStack Query and the routers in a real browser', (stage) => {
  let recipes: RecipesSite;
  let bob: Account;

  beforeAll(async () => {
    recipes = await RecipesSite.mount(stage.site);
    bob = accountOf((await stage.people(1))[0]!);
  }, 60_000);

  afterEach(() => recipes.reset());

  describe('TanStack Query', () => {
    const opened = async (account: Account = ADMIN) => {
      recipes.application = 'query';
      const page = await stage.signedIn('/', account);
      const other = await stage.open();
      await papersShown(page);
      await papersShown(other);
      recipes.papers.length = 0;
      return { page, other, userId: await userIdOf(page) };
    };

    it('nothing of one person is on a screen or in the cache of the next for a single frame', async () => {
      const { page, other, userId } = await opened();
      await page.evaluate(() => globalThis.auth.logout());
      await other.getByText('nobody').waitFor();
      expect(await seenOf(other, userId)).toEqual([]);
      await signIn(page, bob);
      await papersShown(other);
      expect(await cachedBy(other)).not.toContain(userId);
      for (const tab of [page, other]) expect(await seenOf(tab, userId)).toEqual([]);
    });

    it('nor where another tab signs somebody else in at once', async () => {
      const { page, other, userId } = await opened();
      await signIn(page, bob);
      await other.getByText(bob.email).waitFor();
      await papersShown(other);
      expect(await cachedBy(other)).not.toContain(userId);
      for (const tab of [page, other]) expect(await seenOf(tab, userId)).toEqual([]);
    });

    it('answers that were on their way fill no cache afterwards', async () => {
      const { page, other, userId } = await opened();
      const held = (recipes.held = new Held());
      const late = other.evaluate(() =>
        Promise.all([globalThis.desk.read(), globalThis.desk.sign()]),
      );
      await until('both came', () => recipes.papers.length === 2);
      await signIn(page, bob);
      await other.getByText(bob.email).waitFor();
      held.release();
      await late;
      await papersShown(other);
      expect(await cachedBy(other)).not.toContain(userId);
      expect(await seenOf(other, userId)).toEqual([]);
    });

    it('what failed for one person is not tried again for the next', async () => {
      const { page, other, userId } = await opened();
      recipes.failures.push(503, 503);
      const held = (recipes.held = new Held());
      const failing = other.evaluate(() =>
        Promise.allSettled([globalThis.desk.read(), globalThis.desk.sign()]),
      );
      await until('both came', () => recipes.papers.length === 2);
      await signIn(page, bob);
      await other.getByText(bob.email).waitFor();
      held.release();
      await failing;
      await papersShown(other);
      // Longer than the pause before a retry.
      await other.waitForTimeout(500);
      const ofBob = recipes.papers.filter((paper) => paper.userId !== userId);
      // One query for each of the two tabs, and nothing that was begun before.
      expect(ofBob.map(({ method }) => method)).toEqual(['GET', 'GET']);
      expect(recipes.papers).toHaveLength(4);
      expect(await cachedBy(other)).not.toContain(userId);
      expect(await seenOf(other, userId)).toEqual([]);
    });

    it('without a network the data stays where it is', async () => {
      const { page, userId } = await opened();
      await stage.context.setOffline(true);
      stage.site.intrude(REFRESH, AWAY);
      await page.evaluate(() => globalThis.auth.refreshAuth().catch(() => undefined));
      await page.evaluate(() => void globalThis.desk.read());
      await page.waitForTimeout(300);
      expect(await page.getByText(`papers of ${userId}`).count()).toBe(1);
      await stage.context.setOffline(false);
      await until('the query goes on', () => recipes.papers.length > 0);
      expect(await page.getByText(`papers of ${userId}`).count()).toBe(1);
    });

    it('a change that waits for the network is not sent in the name of the next person', async () => {
      const { page } = await opened();
      await stage.context.setOffline(true);
      await page.evaluate(() => void globalThis.desk.sign().catch(() => undefined));
      await page.evaluate(() => globalThis.auth.logout().catch(() => undefined));
      await page.getByText('nobody').waitFor();
      await stage.context.setOffline(false);
      await signIn(page, bob);
      await papersShown(page);
      expect(recipes.papers.filter(({ method }) => method === 'POST')).toEqual([]);
    });
  });

  describe.each(['react-router', 'tanstack-router'] as const)('%s', (application) => {
    const DEEP = '/papers/7?filter=draft&sort=-date#part-2';
    const shows = (page: Page, name: string) =>
      page.getByRole('heading', { name, exact: true }).waitFor();
    const signInAndGoOn = (page: Page) =>
      page.evaluate((account) => globalThis.signInAndGoOn(account), ADMIN);
    const opened = async (path: string) => {
      recipes.application = application;
      const page = await stage.context.newPage();
      const walked: string[] = [];
      page.on('framenavigated', (frame) => {
        const { pathname } = new URL(frame.url());
        if (pathname !== 'blank' && walked.at(-1) !== pathname) walked.push(pathname);
      });
      await page.goto(`${stage.site.url}/`);
      await shows(page, 'Home');
      await page.goto(stage.site.url + path);
      return { page, walked };
    };

    it('leads to the page first asked for, with its query and fragment, by one redirect each way', async () => {
      const { page, walked } = await opened(DEEP);
      await shows(page, 'Sign in');
      await signInAndGoOn(page);
      await shows(page, 'Paper 7');
      expect(page.url()).toBe(stage.site.url + DEEP);
      expect(walked).toEqual(['/', '/papers/7', '/login', '/papers/7']);
    });

    it('does not go back to the page to sign in', async () => {
      const { page } = await opened(DEEP);
      await shows(page, 'Sign in');
      await signInAndGoOn(page);
      await shows(page, 'Paper 7');
      await page.goBack();
      await shows(page, 'Home');
      await page.goForward();
      await shows(page, 'Paper 7');
    });

    it('leads home from hostile addresses', async () => {
      const { page } = await opened('/papers/7');
      for (const hostile of [
        'https://evil.example/',
        '//evil.example',
        '/\\evil.example',
        'javascript:alert(1)',
        '7',
      ]) {
        await page.context().clearCookies();
        await page.goto(`${stage.site.url}/login?returnTo=${encodeURIComponent(hostile)}`);
        await page.evaluate(
          (to) => history.replaceState({ usr: { to }, key: 'k', idx: 0 }, ''),
          hostile,
        );
        await page.reload();
        await shows(page, 'Sign in');
        await signInAndGoOn(page);
        await shows(page, 'Home');
        expect(page.url()).toBe(`${stage.site.url}/`);
      }
    });

    it('shows nothing and leads nowhere while it is not known who is signed in', async () => {
      recipes.application = application;
      await stage.signedIn('/');
      const page = await stage.context.newPage();
      await stage.context.pages()[0]!.close();
      const held = stage.site.hold(REFRESH);
      await page.goto(stage.site.url + DEEP);
      await held.arrived;
      await page.waitForTimeout(200);
      expect(await page.evaluate(() => document.getElementById('root')!.textContent)).toBe('');
      expect(page.url()).toBe(stage.site.url + DEEP);
      held.release();
      await shows(page, 'Paper 7');
      expect(page.url()).toBe(stage.site.url + DEEP);
    });
  });
});

function userIdOf(page: Page): Promise<string> {
  return page.evaluate(() => globalThis.auth.user!.id);
}

/** Waits for the papers of whoever is signed in. */
async function papersShown(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.body.textContent.includes(`papers of ${globalThis.auth.user?.id}`),
    undefined,
    { timeout: 15_000 },
  );
}

function cachedBy(page: Page): Promise<string> {
  return page.evaluate(() => globalThis.desk.cached());
}

/** Moments at which papers of a person were on the page who was not the one signed in. */
function seenOf(page: Page, owner: string): Promise<Seen[]> {
  return page.evaluate(
    (id) =>
      globalThis.seen.filter(
        ({ userId, text }) => userId !== id && text.includes(`papers of ${id}`),
      ),
    owner,
  );
}
