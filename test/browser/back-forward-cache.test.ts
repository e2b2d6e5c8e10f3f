import type { Page } from 'playwright-core';
import { until } from '../support/until';
import { ADMIN } from '../support/server-process';
import { ask, becomes, describeOnStage, started, statusOf } from './stage';

const REFRESH = '/auth/refresh';

describeOnStage('pages that come back', (stage) => {
  const isAt = (page: Page, path: string) =>
    until(`a page at ${path}`, () =>
      page.evaluate((wanted) => location.pathname === wanted, path).catch(() => false),
    );

  const leaveFor = async (page: Page, path: '/elsewhere' | '/bare') => {
    await page.evaluate((href) => {
      document.querySelector<HTMLAnchorElement>('#away')!.href = href;
    }, path);
    await page.click('#away');
    await isAt(page, path);
  };

  /** Playwright's own ways wait for a load that a kept page does not have. */
  const comeBack = async (page: Page) => {
    await page.evaluate(() => void setTimeout(() => history.back(), 0));
    await isAt(page, '/');
  };

  /** Notes on the page whether it is the kept one when it is shown again. */
  const watch = (page: Page) =>
    page.evaluate(() => {
      Object.assign(globalThis, { shownAgain: [] as string[] });
      addEventListener('pageshow', ({ persisted }) => {
        const { shownAgain } = globalThis as unknown as { readonly shownAgain: string[] };
        if (persisted) shownAgain.push(document.getElementById('who')!.textContent);
      });
    });

  const isKept = (page: Page) => page.evaluate(() => 'shownAgain' in globalThis);

  it('40: shows nobody after a sign-out', async () => {
    const page = await stage.signedIn();
    await watch(page);
    await leaveFor(page, '/elsewhere');
    await started(page);
    await page.evaluate(() => globalThis.auth.logout());
    await comeBack(page);
    await becomes(page, 'anonymous');
    expect(await page.content()).not.toContain(ADMIN.email);
  });

  it('40: shows nobody after a sign-out without any script', async () => {
    const page = await stage.signedIn();
    await watch(page);
    await leaveFor(page, '/bare');
    await page.evaluate(() =>
      fetch('/auth/logout', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-csrf': '1' },
        body: '{}',
      }),
    );
    await comeBack(page);
    await becomes(page, 'anonymous');
    expect(await page.content()).not.toContain(ADMIN.email);
  });

  it('40: comes back from the browser’s cache as somebody signed in, and asks who that is now', async () => {
    const page = await stage.signedIn();
    await watch(page);
    await leaveFor(page, '/bare');
    await comeBack(page);
    await becomes(page, 'authenticated');
    expect(await isKept(page)).toBe(true);
    expect(await ask(page)).toBe(200);
  });

  it.each(['/elsewhere', '/bare'] as const)(
    '41: is consistent when it was left in the middle of a refresh for %s',
    async (path) => {
      const page = await stage.signedIn();
      const held = stage.site.hold(REFRESH);
      await page.evaluate(() => void globalThis.auth.refreshAuth().catch(() => undefined));
      await held.arrived;
      await leaveFor(page, path);
      held.release();
      await comeBack(page);
      await started(page);
      expect(await statusOf(page)).toBe('authenticated');
      expect(await ask(page)).toBe(200);
      expect(await stage.site.audited('authn_token_reuse')).toBe(0);
    },
  );
});
