import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { until } from '../support/until';
import {
  ask,
  asleep,
  becomes,
  describeOnStage,
  reasonOf,
  refresh,
  setVisible,
  statusOf,
} from './stage';

const REFRESH = '/auth/refresh';
const HOUR_MS = 3_600_000;
/** The least that the server allows, so that one test can wait for a real expiry. */
const TOKEN_SECONDS = 30;
/** What the server forgives other clocks. */
const TOLERANCE_SECONDS = 5;
/** A token is renewed with a fifth of its life left, give or take a fifth of that. */
const DUE_AFTER_MS = 25_500;

describeOnStage(
  'time in a real browser',
  (stage) => {
    /** Lets seconds pass on the page, as many times, with room for the network after each. */
    const passes = async (page: Page, times: number, milliseconds: number) => {
      for (let count = 0; count < times; count += 1) {
        await page.clock.runFor(milliseconds);
        await page.evaluate(() => fetch('/bare', { cache: 'no-store' }));
      }
    };

    const idleUntil = async () => {
      const rows = await stage.site.sql(
        `SELECT idle_expires_at::text AS until FROM auth.sessions WHERE revoked_at IS NULL
         ORDER BY created_at DESC LIMIT 1`,
      );
      return rows[0]!['until'];
    };

    it('17: renews first after a sleep across the expiry, and no 401 reaches the application', async () => {
      const page = await stage.signedIn();
      const signedInAt = performance.now();
      const reaches = (seconds: number) =>
        sleep(Math.max(0, seconds * 1000 - (performance.now() - signedInAt)));
      await reaches(TOKEN_SECONDS / 2);
      expect(stage.site.count(REFRESH)).toBe(0);
      await asleep(stage.browser, () => reaches(TOKEN_SECONDS + TOLERANCE_SECONDS + 1));
      const before = stage.site.exchanges.length;
      expect(await ask(page)).toBe(200);
      const afterwards = stage.site.exchanges.slice(before);
      expect(afterwards.map(({ path, status }) => [path, status])).toEqual([
        [REFRESH, 200],
        ['/invoices', 200],
      ]);
    }, 90_000);

    it('18: says why nobody is signed in when the machine was closed for eight hours', async () => {
      await stage.context.clock.install();
      const page = await stage.signedIn('/?view=late');
      await stage.site.sql(
        `UPDATE auth.sessions SET idle_expires_at = clock_timestamp() - interval '1 second'`,
      );
      await page.clock.fastForward(8 * HOUR_MS);
      await becomes(page, 'anonymous');
      expect(await reasonOf(page)).toBe('session_expired');
      expect(await page.evaluate(() => globalThis.ended)).toEqual(['session_expired']);
      // Where the person was is still there to come back to.
      expect(new URL(page.url()).search).toBe('?view=late');
    });

    it('19: renews when somebody comes back between the margin and the expiry', async () => {
      await stage.context.clock.install();
      const page = await stage.signedIn();
      await setVisible(page, false);
      await page.clock.fastForward(DUE_AFTER_MS);
      expect(stage.site.count(REFRESH)).toBe(0);
      await setVisible(page, true);
      await until('one refresh', () => stage.site.count(REFRESH) === 1);
      expect(await statusOf(page)).toBe('authenticated');
    });

    it.each([
      ['an hour behind', -HOUR_MS],
      ['an hour ahead', HOUR_MS],
    ])('20, SD-7: works with a clock that is %s, without a loop', async (_title, offset) => {
      await stage.context.clock.install({ time: Date.now() + offset });
      const page = await stage.signedIn();
      expect(await ask(page)).toBe(200);
      await passes(page, 18, 5000);
      // Ninety seconds have passed: three lives of a token.
      expect(stage.site.count(REFRESH)).toBeGreaterThanOrEqual(2);
      expect(stage.site.count(REFRESH)).toBeLessThanOrEqual(4);
      expect(await ask(page)).toBe(200);
    });

    it.each([
      ['back', -HOUR_MS],
      ['forth', HOUR_MS],
    ])('20, SD-7: works on when somebody sets the clock %s by an hour', async (_title, offset) => {
      await stage.context.clock.install();
      const page = await stage.signedIn();
      await page.clock.setSystemTime(Date.now() + offset);
      await passes(page, 18, 5000);
      expect(stage.site.count(REFRESH)).toBeLessThanOrEqual(5);
      expect(await ask(page)).toBe(200);
      expect(await statusOf(page)).toBe('authenticated');
    });

    it('21: rests for ten minutes while the page is hidden, and renews once when it is seen again', async () => {
      await stage.context.clock.install();
      const page = await stage.signedIn();
      const idle = await idleUntil();
      await setVisible(page, false);
      await passes(page, 20, 30_000);
      expect(stage.site.count(REFRESH)).toBe(0);
      expect(await idleUntil()).toBe(idle);
      await setVisible(page, true);
      await until('one refresh', () => stage.site.count(REFRESH) === 1);
      expect(await ask(page)).toBe(200);
      expect(stage.site.count(REFRESH)).toBe(1);
    });

    it('21: does not prolong a session by what a tab does that nobody looks at', async () => {
      const page = await stage.signedIn();
      const idle = await idleUntil();
      await page.evaluate(() => (document.hasFocus = () => false));
      expect(await refresh(page)).toBe('done');
      expect(await idleUntil()).toBe(idle);
      await page.evaluate(() => (document.hasFocus = () => true));
      await stage.site.sql(
        `UPDATE auth.sessions SET rotated_at = rotated_at - interval '1 minute'`,
      );
      expect(await refresh(page)).toBe('done');
      expect(await idleUntil()).not.toBe(idle);
    });

    it('22: takes no timer for over that a browser cannot count to', async () => {
      await stage.context.clock.install();
      const page = await stage.open();
      await page.route('**/auth/login', async (route) => {
        const response = await route.fetch();
        const body = (await response.json()) as object;
        await route.fulfill({ response, json: { ...body, expires_in: 30 * 86_400 } });
      });
      await page.evaluate((account) => globalThis.auth.login(account), {
        email: 'admin@example.test',
        password: 'an administrator of the tests 1',
      });
      await passes(page, 4, 30_000);
      expect(stage.site.count(REFRESH)).toBe(0);
      expect(await ask(page)).toBe(200);
    });
  },
  { ACCESS_TOKEN_SECONDS: String(TOKEN_SECONDS) },
);
