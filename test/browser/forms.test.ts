import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { describeInChromium, launchChromium } from '../support/chromium';
import { ADMIN } from '../support/server-process';
import { ClientSite } from './client-site';

/** A page of another site, and one of the same site (ports do not matter) with the cookies of ours. */
const CROSS_SITE = 'http://evil.localhost/';
const SAME_SITE = 'http://localhost:8123/';

describeInChromium('the pages in a real browser without script', () => {
  let site: ClientSite;
  let browser: Browser;
  let context: BrowserContext;
  const violations: string[] = [];

  beforeAll(async () => {
    site = await ClientSite.start();
    // Kept pages are part of what is tested.
    browser = await launchChromium({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await site.stop();
  }, 60_000);

  beforeEach(async () => {
    context = await browser.newContext({ javaScriptEnabled: false });
    context.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) violations.push(message.text());
    });
    site.reset();
  });

  afterEach(async () => {
    await context.close();
    expect(violations.splice(0)).toEqual([]);
  });

  const at = (path: string) => new RegExp(`^${site.url}${path.replaceAll('?', '\\?')}`);

  async function signIn(page: Page, password = ADMIN.password): Promise<void> {
    await page.getByLabel('E-mail address').fill(ADMIN.email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  async function signedIn(): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${site.url}/pages/login`);
    await signIn(page);
    await page.waitForURL(at('/pages/invoices'));
    return page;
  }

  /** The number of a draft that somebody else wrote. */
  async function draft(): Promise<{ id: string; number: string }> {
    const [id, number] = [randomUUID(), `INV-${randomUUID().slice(0, 8)}`];
    await site.sql(
      `INSERT INTO invoices (id, number, customer, amount_cents, currency, created_by)
       VALUES ('${id}', '${number}', '<b>Acme</b>', 12345, 'EUR', '${randomUUID()}')`,
    );
    return { id, number };
  }

  async function statusOf(id: string): Promise<unknown> {
    const [row] = await site.sql(`SELECT status FROM invoices WHERE id = '${id}'`);
    return row?.['status'];
  }

  const statusesOf = (path: string) => site.asked(path).map(({ status }) => status);

  it('a guarded page leads to the login, and the login back to it', async () => {
    const page = await context.newPage();
    await page.goto(`${site.url}/pages/invoices?from=mail`);
    expect(page.url()).toMatch(at('/pages/login?returnTo='));
    await signIn(page);
    await page.waitForURL(at('/pages/invoices?from=mail'));
    await page.getByRole('heading', { name: 'Invoices' }).waitFor();
    expect(statusesOf('/auth/form/login')).toEqual([303]);
  });

  it('CK-1, CK-2, CK-3: the browser holds one HttpOnly cookie of the session, and no token', async () => {
    await signedIn();
    const kept = await context.cookies(site.url);
    expect(kept.map(({ name, httpOnly }) => [name, httpOnly]).sort()).toEqual([
      ['__Host-portcullis-device', true],
      ['__Host-portcullis-hint', false],
      ['__Host-portcullis-session', true],
    ]);
    for (const { secure, sameSite, domain } of kept) {
      expect([secure, sameSite, domain]).toEqual([true, 'Strict', 'localhost']);
    }
  });

  it('a wrong password is said, and the next attempt works', async () => {
    const page = await context.newPage();
    await page.goto(`${site.url}/pages/login`);
    await signIn(page, 'a wrong one of some length');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').innerText()).toContain(
      'The e-mail address or the password is wrong.',
    );
    expect(page.url()).toBe(`${site.url}/pages/login?error=invalid_credentials`);
    await signIn(page);
    await page.waitForURL(at('/pages/invoices'));
  });

  it('an invoice is approved by a button, and a reload sends nothing again', async () => {
    const { id, number } = await draft();
    const page = await signedIn();
    await page.getByRole('button', { name: `Approve ${number}` }).click();
    await page.waitForURL(at('/pages/invoices'));
    const row = page.getByRole('row', { name: number });
    expect(await row.innerText()).toContain('approved');
    expect(await row.innerText()).toContain('<b>Acme</b>');
    expect(await statusOf(id)).toBe('approved');
    await page.reload();
    expect(statusesOf(`/invoices/${id}/approve-form`)).toEqual([303]);
  });

  it('CK-15, SS-3: after signing out the back button shows nothing of before', async () => {
    const { number } = await draft();
    const page = await signedIn();
    await page.getByText(number).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(at('/pages/login'));
    const kept = await context.cookies(site.url);
    expect(kept.map(({ name }) => name)).not.toContain('__Host-portcullis-session');
    await page.goBack();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.content()).not.toContain(number);
    await page.goto(`${site.url}/pages/invoices`);
    expect(page.url()).toMatch(at('/pages/login'));
  });

  it.each([
    [CROSS_SITE, 'same-origin'],
    [CROSS_SITE, 'no-referrer'],
    [CROSS_SITE, 'unsafe-url'],
    [SAME_SITE, 'no-referrer'],
    [SAME_SITE, 'unsafe-url'],
  ])(
    'CK-6, LG-14: forms of a page at %s with the referrer policy %s change nothing',
    async (home, policy) => {
      const { id } = await draft();
      await signedIn();
      const forms = {
        [`/invoices/${id}/approve-form`]: `<input name="form_token" value="x">`,
        '/auth/form/logout': `<input name="form_token" value="x">`,
        '/auth/form/login': `<input name="form_token" value="x"><input name="email" value="evil@example.test">
          <input name="password" value="the password of the attacker">`,
      };
      const evil = await context.newPage();
      for (const [path, fields] of Object.entries(forms)) {
        const body = `<!doctype html><form method="post" action="${site.url}${path}">${fields}<button>Win</button></form>`;
        const headers = { 'content-type': 'text/html', 'referrer-policy': policy };
        await evil.route(home, (route) => route.fulfill({ headers, body }));
        await evil.goto(home);
        await evil.getByRole('button').click();
        await evil.waitForURL(at('/'));
        await evil.unroute(home);
      }
      // To another site the browser keeps the cookie to itself, so that the form looks like a stranger's.
      const status = home === CROSS_SITE ? 303 : 403;
      expect(statusesOf(`/invoices/${id}/approve-form`)).toEqual([status]);
      expect(statusesOf('/auth/form/logout')).toEqual([403]);
      expect(statusesOf('/auth/form/login').at(-1)).toBe(403);
      expect(await statusOf(id)).toBe('draft');
      const page = await context.newPage();
      await page.goto(`${site.url}/pages/invoices`);
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
    },
  );

  it('the pages hold no script, and their stylesheet applies under their policy', async () => {
    const page = await signedIn();
    expect(await page.locator('script').count()).toBe(0);
    const style = await page
      .getByRole('button', { name: 'Sign out' })
      .evaluate((button) => getComputedStyle(button).fontWeight);
    expect(style).toBe('600');
  });
});
