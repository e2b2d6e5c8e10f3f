import type { Page } from 'playwright-core';
import { ADMIN } from '../support/server-process';
import { until } from '../support/until';
import { collectComplaints } from './complaints';
import { mountReactPage, type ReactVersion } from './react/site';
import {
  accountOf,
  ask,
  becomes,
  describeOnStage,
  refresh,
  setVisible,
  started,
  statusOf,
  type Account,
} from './stage';

const REFRESH = '/auth/refresh';
/** A token is renewed with at most sixty seconds of its life left, give or take a fifth of that. */
const DUE_AFTER = '09:50';
const VERSIONS: readonly ReactVersion[] = [18, 19];

describeOnStage('React as developers have it, in a real browser', (stage) => {
  describe.each(VERSIONS)('version %i', (version) => {
    const complaints: string[] = [];

    beforeAll(() => mountReactPage(stage.site, version));

    beforeEach(() => {
      complaints.length = 0;
      collectComplaints(stage.context, complaints);
    });

    afterEach(() => expect(complaints).toEqual([]));

    /** A page of somebody who signed in before, as it is after a reload. */
    const reloaded = async (path: string, account: Account = ADMIN): Promise<Page> => {
      const page = await stage.signedIn('/', account);
      stage.site.reset();
      await page.goto(stage.site.url + path);
      await started(page);
      return page;
    };

    const shows = (page: Page, root: string) =>
      page.locator(`#${root} [data-hook=useUser]`).waitFor({ timeout: 15_000 });

    /** What React does when it is left alone has been done. */
    const settled = (page: Page) =>
      page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 100))),
      );

    const forgetRenders = (page: Page) =>
      page.evaluate(() => {
        react.renders.length = 0;
        react.commits.length = 0;
      });

    const rendered = async (page: Page) => {
      await settled(page);
      return page.evaluate(() => ({ renders: react.renders, commits: react.commits.length }));
    };

    const NOTHING = { renders: [], commits: 0 };

    it('is that version, in its development build, and renders twice in StrictMode', async () => {
      const page = await reloaded('/react/?strict&root=one');
      await shows(page, 'one');
      expect(await page.evaluate(() => react.version)).toMatch(RegExp(`^${version}\\.`));
      const renders = await page.evaluate(() => react.renders.filter((name) => name === 'useUser'));
      expect(renders.length).toBeGreaterThanOrEqual(2);
    });

    describe('in StrictMode', () => {
      const bootsOnce = async (page: Page) => {
        expect(stage.site.askedOfAuth.map(({ method, path }) => `${method} ${path}`)).toEqual([
          `POST ${REFRESH}`,
        ]);
        expect(await page.evaluate(() => react.seen)).toEqual(['loading', 'authenticated']);
        expect(await page.evaluate(() => react.left)).toEqual([]);
      };

      it('42: boots with one refresh, with one provider', async () => {
        const page = await reloaded('/react/?strict&root=one');
        await shows(page, 'one');
        await settled(page);
        await bootsOnce(page);
      });

      it('42: boots with one refresh, with two providers, taken away and put back', async () => {
        const page = await reloaded('/react/?strict&root=one&root=two');
        await Promise.all([shows(page, 'one'), shows(page, 'two')]);
        await page.evaluate(() => {
          for (const name of ['one', 'two']) react.hide(name);
          for (const name of ['two', 'three']) react.show(name);
        });
        await Promise.all([shows(page, 'two'), shows(page, 'three')]);
        await settled(page);
        await bootsOnce(page);
      });

      it('42: boots with one refresh when the provider is taken away in the middle of it', async () => {
        const page = await stage.signedIn();
        stage.site.reset();
        const held = stage.site.hold(REFRESH);
        await page.goto(`${stage.site.url}/react/?strict&root=one`);
        await held.arrived;
        await page.evaluate(() => {
          react.hide('one');
          react.show('two');
        });
        await settled(page);
        held.release();
        await shows(page, 'two');
        await bootsOnce(page);
      });

      it('42: leads a stranger to the login page once, without a request', async () => {
        const page = await stage.open('/react/?strict&root=one#first');
        await settled(page);
        expect(await page.evaluate(() => react.left)).toEqual(['/react/?strict&root=one#first']);
        expect(await page.evaluate(() => react.seen)).toEqual(['loading', 'anonymous']);
        expect(stage.site.askedOfAuth).toEqual([]);
      });

      it('42: leads to the login page once, after one refresh, when the session ended meanwhile', async () => {
        const page = await stage.signedIn();
        await page.goto(`${stage.site.url}/bare`);
        await stage.site.sql(
          `UPDATE auth.sessions SET idle_expires_at = clock_timestamp() - interval '1 second'`,
        );
        stage.site.reset();
        await page.goto(`${stage.site.url}/react/?strict&root=one`);
        await becomes(page, 'anonymous');
        await settled(page);
        expect(stage.site.askedOfAuth.map(({ path, status }) => [path, status])).toEqual([
          [REFRESH, 401],
        ]);
        expect(await page.evaluate(() => react.left)).toEqual(['/react/?strict&root=one']);
        expect(await page.evaluate(() => react.seen)).toEqual(['loading', 'anonymous']);
      });
    });

    it('44: renders nothing again for ten refreshes, its own or those of another tab', async () => {
      const page = await reloaded('/react/?root=one');
      await shows(page, 'one');
      const other = await stage.open();
      await forgetRenders(page);
      stage.site.reset();
      const tokens = new Set<string>();
      for (let count = 0; count < 10; count += 1) {
        expect(await refresh(count % 3 === 2 ? other : page)).toBe('done');
        const token = () => page.evaluate(() => auth.getAccessToken());
        await until('a token of its own', async () => !tokens.has(await token()));
        tokens.add(await token());
      }
      expect(stage.site.asked(REFRESH).map(({ status }) => status)).toEqual(Array(10).fill(200));
      expect(await rendered(page)).toEqual(NOTHING);
    });

    it('44: keeps a form that is half filled in when the tab is looked at again, and renders nothing', async () => {
      await stage.context.clock.install();
      const page = await reloaded('/react/?root=one');
      await shows(page, 'one');
      await page.getByLabel('Number').fill('INV-2026-0042');
      const note = page.getByLabel('Note');
      await note.pressSequentially('for the new office');
      await note.press('Home');
      await note.press('ArrowRight');
      const handle = await note.elementHandle();
      await forgetRenders(page);
      stage.site.reset();

      await setVisible(page, false);
      await page.clock.fastForward(DUE_AFTER);
      await setVisible(page, true);
      await page.evaluate(() => window.dispatchEvent(new Event('focus')));
      await until('the refresh of a tab that is seen again', () => stage.site.count(REFRESH) === 1);
      await page.clock.runFor(1000);
      expect(await statusOf(page)).toBe('authenticated');

      const { renders, commits } = await page.evaluate(() => ({
        renders: react.renders,
        commits: react.commits.length,
      }));
      expect({ renders, commits }).toEqual(NOTHING);
      expect(
        await handle.evaluate((field) => {
          const { value, selectionStart, selectionEnd } = field as HTMLTextAreaElement;
          return [document.activeElement === field, value, selectionStart, selectionEnd];
        }),
      ).toEqual([true, 'for the new office', 1, 1]);
      expect(await page.getByLabel('Number').inputValue()).toBe('INV-2026-0042');
    });

    it('44: renders only what depends on it when the authority changes', async () => {
      const [person] = await stage.people(1);
      const page = await reloaded('/react/?root=one', accountOf(person!));
      await shows(page, 'one');
      const admin = await stage.signedIn('/', undefined, await stage.freshContext());
      await forgetRenders(page);
      await stage.grant(admin, person!.accountId, 'viewer');
      await until('an answer by the new role', async () => (await ask(page)) === 200);
      await page.waitForFunction(() => globalThis.auth.can('invoices:read'));
      await settled(page);
      expect(await page.evaluate(() => react.renders.toSorted())).toEqual([
        'reads',
        'useAuth',
        'views',
      ]);
      expect(await page.locator('[data-hook=reads]').textContent()).toBe('true');
    });
  });
});
