import type { Browser } from 'playwright-core';
import { describeInChromium, launchChromium } from '../support/chromium';
import { violations } from './accessibility';
import { approveButtons, heading, SpaSite, watchedContext, type DemoRole } from './spa-site';

describeInChromium('examples/spa for everybody', () => {
  let site: SpaSite;
  let browser: Browser;
  const complaints: string[] = [];

  beforeAll(async () => {
    site = await SpaSite.start();
    browser = await launchChromium();
  }, 180_000);

  afterAll(async () => {
    await browser.close();
    await site.stop();
  }, 60_000);

  /** Without movement: what is half-way between two colours has neither's contrast. */
  const themedContext = (colorScheme: 'light' | 'dark') =>
    watchedContext(browser, complaints, { colorScheme, reducedMotion: 'reduce' });

  afterEach(() => expect(complaints.splice(0)).toEqual([]));

  describe.each(['light', 'dark'] as const)('WCAG 2.2 AA in the %s scheme', (colorScheme) => {
    it.each([
      ['clerk', '/invoices', 'Invoices'],
      ['clerk', '/invoices/new', 'New invoice'],
      ['approver', '/reports', 'Reports'],
      ['clerk', '/reports', 'This page is not for your role'],
      ['approver', '/sessions', 'Sessions'],
      ['approver', '/account', 'Demo approver'],
      ['administrator', '/people', 'People'],
      ['clerk', '/nowhere', 'There is nothing here'],
    ] as const)('holds for the %s on %s', async (role: DemoRole, path, title) => {
      const themed = await themedContext(colorScheme);
      const page = await site.open(themed, role, path);
      await heading(page, title).waitFor();
      await page.waitForLoadState('networkidle');
      expect(await violations(page)).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await violations(page)).toEqual([]);
      await themed.close();
    });

    it('holds for signing in, for what it refuses, and for the dialogs', async () => {
      const themed = await themedContext(colorScheme);
      const page = await themed.newPage();
      await page.goto(`${site.url}/invoices?status=draft`);
      await heading(page, 'Sign in to Ledger').waitFor();
      expect(await violations(page)).toEqual([]);
      await site.fill(page, { email: 'nobody@example.test', password: 'no such account at all' });
      await page.getByRole('alert').waitFor();
      expect(await violations(page)).toEqual([]);
      await site.fill(page, site.account('approver'));
      await approveButtons(page).first().click();
      await page.getByRole('dialog').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: /^INV-/ }).first().click();
      await page.getByText('Reference').waitFor();
      expect(await violations(page)).toEqual([]);
      await themed.close();
    });
  });
});
