import type { Browser, BrowserContext, Page } from 'playwright-core';
import { describeInChromium, launchChromium } from '../support/chromium';
import { violations } from './accessibility';
import { approveButtons, heading, SpaSite, watchedContext, type DemoRole } from './spa-site';

const SESSION = '__Host-portcullis-session';

describeInChromium('examples/ssr in a real browser', () => {
  let site: SpaSite;
  let browser: Browser;
  let context: BrowserContext;
  const complaints: string[] = [];

  beforeAll(async () => {
    site = await SpaSite.start();
    // Kept pages are part of what is tested.
    browser = await launchChromium({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  }, 180_000);

  afterAll(async () => {
    await browser.close();
    await site.stop();
  }, 60_000);

  afterEach(async () => {
    await context.close();
    // The policy was never offended, and nothing was thrown or logged.
    expect(complaints.splice(0)).toEqual([]);
  });

  async function signedIn(role: DemoRole, path: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(site.ssrUrl + path);
    await site.fill(page, site.account(role));
    await page.waitForURL(site.ssrUrl + path);
    return page;
  }

  describe('without script', () => {
    beforeEach(async () => {
      context = await watchedContext(browser, complaints, { javaScriptEnabled: false });
    });

    it('leads from a page to the login and back, and tells of a wrong password on the way', async () => {
      const page = await context.newPage();
      await page.goto(`${site.ssrUrl}/invoices?status=draft`);
      expect(new URL(page.url()).pathname).toBe('/login');
      const { email, password } = site.account('approver');
      await site.fill(page, { email, password: 'not that of anybody' });
      await page.getByRole('alert').waitFor();
      expect(new URL(page.url()).searchParams.get('returnTo')).toBe('/invoices?status=draft');
      expect(page.url()).not.toContain(encodeURIComponent(email));

      await site.fill(page, { email, password });

      await page.waitForURL(`${site.ssrUrl}/invoices?status=draft`);
      await heading(page, 'Invoices').waitFor();
    });

    it('46: holds one cookie that no script can read, and no token in any page', async () => {
      const page = await signedIn('approver', '/account');
      const secret = (await context.cookies()).find(({ name }) => name === SESSION);
      expect(secret).toMatchObject({ httpOnly: true, secure: true, path: '/' });
      for (const path of ['/account', '/invoices', '/sessions']) {
        await page.goto(site.ssrUrl + path);
        const html = await page.content();
        expect(html).not.toContain(secret!.value);
        expect(html).not.toMatch(/eyJ[\w-]+\.eyJ/);
      }
    });

    it('approves by a form, signs out by a form, and going back shows nothing', async () => {
      const page = await signedIn('approver', '/invoices?status=draft');
      const before = await approveButtons(page).count();
      await approveButtons(page).first().click();
      await page.waitForURL(/\/invoices/);
      await page.goto(`${site.ssrUrl}/invoices?status=draft`);
      expect(await approveButtons(page).count()).toBe(before - 1);

      await page.getByRole('button', { name: 'Sign out' }).first().click();
      await heading(page, 'Sign in to Ledger').waitFor();

      expect((await context.cookies()).some(({ name }) => name === SESSION)).toBe(false);
      await page.goBack();
      await heading(page, 'Sign in to Ledger').waitFor();
      await page.goto(`${site.ssrUrl}/invoices`);
      expect(new URL(page.url()).pathname).toBe('/login');
    });

    it('says what is not for a role, and what names nothing', async () => {
      const page = await signedIn('clerk', '/account');
      expect((await page.goto(`${site.ssrUrl}/nowhere`))?.status()).toBe(404);
      expect((await page.goto(`${site.ssrUrl}/invoices/${'0'.repeat(8)}`))?.status()).toBe(404);
      await page.goto(`${site.ssrUrl}/invoices?status=draft`);
      expect(await approveButtons(page).count()).toBe(0);
    });

    it('refuses the form of another site', async () => {
      const page = await signedIn('approver', '/account');
      await page.route('http://evil.localhost/', (route) =>
        route.fulfill({
          contentType: 'text/html',
          body: `<form method="post" action="${site.ssrUrl}/api/auth/form/logout"><button>Win</button></form>`,
        }),
      );
      await page.goto('http://evil.localhost/');
      const [answer] = await Promise.all([
        page.waitForResponse(/form\/logout/),
        page.getByRole('button', { name: 'Win' }).click(),
      ]);
      expect(answer.status()).toBe(403);
      await page.goto(`${site.ssrUrl}/account`);
      expect(new URL(page.url()).pathname).toBe('/account');
    });

    it('signs nobody out while the API is away', async () => {
      const page = await signedIn('clerk', '/account');
      await site.away(async () => {
        expect((await page.goto(`${site.ssrUrl}/account`))?.status()).toBe(503);
      });
      await page.goto(`${site.ssrUrl}/account`);
      expect(new URL(page.url()).pathname).toBe('/account');
    });
  });

  describe('with script', () => {
    beforeEach(async () => {
      context = await watchedContext(browser, complaints);
    });

    it('43: comes alive as the server rendered it, without a warning', async () => {
      const page = await signedIn('approver', '/account');
      const rendered = await page.evaluate(async () => {
        const html = await (await fetch(location.href)).text();
        return /<div id="root">(.*?)<\/div><div hidden/s.exec(html)?.[1]?.length ?? 0;
      });
      expect(rendered).toBeGreaterThan(500);
      await heading(page, 'Demo approver').waitFor();
      expect(await page.locator('#portcullis-state').count()).toBe(0);
    });

    it('32: ends in every tab when one signs out', async () => {
      const page = await signedIn('clerk', '/account');
      const other = await context.newPage();
      await other.goto(`${site.ssrUrl}/invoices`);
      await heading(other, 'Invoices').waitFor();

      await page.getByRole('button', { name: 'Sign out' }).first().click();

      await heading(page, 'Sign in to Ledger').waitFor();
      await heading(other, 'Invoices').waitFor({ state: 'detached' });
      expect(await other.content()).not.toContain(site.account('clerk').email);
    });

    it('38: takes a button away when its permission goes, without a reload', async () => {
      const page = await signedIn('approver', '/invoices?status=draft');
      await approveButtons(page).first().waitFor();
      await site.withoutApproval(async () => {
        await approveButtons(page).first().waitFor({ state: 'detached', timeout: 30_000 });
        await heading(page, 'Invoices').waitFor();
      });
    }, 60_000);
  });

  describe.each(['light', 'dark'] as const)('WCAG 2.2 AA in the %s scheme', (colorScheme) => {
    beforeEach(async () => {
      context = await watchedContext(browser, complaints, { colorScheme, reducedMotion: 'reduce' });
    });

    it('holds on every page', async () => {
      const page = await context.newPage();
      await page.goto(`${site.ssrUrl}/login?error=invalid_credentials`);
      expect(await violations(page)).toEqual([]);
      await page.goto(`${site.ssrUrl}/account`);
      await site.fill(page, site.account('approver'));
      await page.waitForURL(`${site.ssrUrl}/account`);
      for (const path of ['/account', '/invoices', '/sessions', '/nowhere']) {
        await page.goto(site.ssrUrl + path);
        await heading(page, '').first().waitFor();
        expect(await violations(page)).toEqual([]);
      }
    }, 60_000);
  });
});
