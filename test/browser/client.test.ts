import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { AuthClient } from '@portcullis/client';
import { describeInChromium, launchChromium } from '../support/chromium';
import { ADMIN } from '../support/server-process';
import { ClientSite } from './client-site';

declare global {
  // What the page of the site leaves for the tests.
  var auth: AuthClient;
  var ended: string[];
}

const TABS = 10;
const PATIENCE = 10_000;

describeInChromium('the client in a real browser', () => {
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
    context = await browser.newContext();
    context.on('weberror', (error) => violations.push(String(error.error())));
    context.on('console', (message) => {
      if (message.type() === 'error' && message.text().includes('Content Security Policy')) {
        violations.push(message.text());
      }
    });
    site.passed.length = 0;
    site.delay = 0;
  });

  afterEach(async () => {
    await context.close();
    expect(violations.splice(0)).toEqual([]);
  });

  async function open(path = '/'): Promise<Page> {
    const page = await context.newPage();
    await page.goto(site.url + path);
    await page.waitForFunction(() => 'auth' in globalThis && !globalThis.auth.loading);
    return page;
  }

  async function signedIn(): Promise<Page> {
    const page = await open();
    await page.evaluate((account) => globalThis.auth.login(account), ADMIN);
    return page;
  }

  async function tabs(): Promise<Page[]> {
    const pages = [await signedIn()];
    while (pages.length < TABS) pages.push(await open());
    return pages;
  }

  const statusOf = (page: Page) => page.evaluate(() => globalThis.auth.getState().status);

  const becomes = (page: Page, status: string) =>
    page.waitForFunction(
      // A page that is being loaded has no client yet.
      (wanted) => 'auth' in globalThis && globalThis.auth.getState().status === wanted,
      status,
      { timeout: PATIENCE },
    );

  async function statuses(pages: readonly Page[]): Promise<string[]> {
    return Promise.all(pages.map(statusOf));
  }

  it('sends nothing while nobody is signed in', async () => {
    const page = await open();
    expect(await statusOf(page)).toBe('anonymous');
    expect(site.passed).toEqual([]);
  });

  it('48, CK-1, CK-2, CK-3: gets cookies that no script and no other host can read or plant', async () => {
    await signedIn();
    const lines = site.passed
      .flatMap(({ cookies }) => cookies)
      .filter((line) => !line.includes('Max-Age=0'));
    const refresh = lines.find((line) => line.startsWith('__Host-portcullis-refresh='));
    expect(refresh).toMatch(/; Path=\/; Max-Age=\d+; HttpOnly; Secure; SameSite=Strict$/);
    for (const line of lines) {
      expect(line).toMatch(/^__Host-/);
      expect(line).not.toMatch(/;\s*Domain=/i);
    }
    const kept = await context.cookies(site.url);
    expect(kept.filter(({ httpOnly }) => !httpOnly).map(({ name }) => name)).toEqual([
      '__Host-portcullis-hint',
    ]);
  });

  it('comes back signed in after a reload, with one refresh', async () => {
    const page = await signedIn();
    await page.reload();
    await becomes(page, 'authenticated');
    expect(site.count('/auth/refresh')).toBe(1);
  });

  it('4: opens ten tabs without a request to the server', async () => {
    const pages = await tabs();
    expect(await statuses(pages)).toEqual(Array(TABS).fill('authenticated'));
    expect(site.count('/auth/refresh')).toBe(0);
  });

  it('2: renews once when ten tabs want it at the same instant', async () => {
    const pages = await tabs();
    site.delay = 300;
    await Promise.all(pages.map((page) => page.evaluate(() => globalThis.auth.refreshAuth())));
    const seen = await Promise.all(
      pages.map((page) =>
        page.evaluate(async () => (await globalThis.auth.fetch('/invoices')).status),
      ),
    );
    expect(seen).toEqual(Array(TABS).fill(200));
    expect(site.count('/auth/refresh')).toBe(1);
  });

  it('5: survives a storm of reloads with few refreshes', async () => {
    const pages = await tabs();
    for (let round = 0; round < 20; round += 1) {
      const page = pages[round % TABS]!;
      await page.reload({ waitUntil: 'commit' });
    }
    await Promise.all(pages.map((page) => becomes(page, 'authenticated')));
    expect(site.count('/auth/refresh')).toBeLessThanOrEqual(5);
    expect(site.log).not.toContain('refresh_token_reused');
  });

  it('6: keeps what a tab had asked for when it was closed', async () => {
    const page = await signedIn();
    site.delay = 500;
    await page.evaluate(() => void globalThis.auth.refreshAuth());
    await page.waitForTimeout(100);
    await page.close();
    site.delay = 0;
    const next = await open();
    await becomes(next, 'authenticated');
    expect(site.log).not.toContain('refresh_token_reused');
  });

  it('8: goes on when the tab that held the lock crashes', async () => {
    const [first, second] = [await signedIn(), await open()];
    site.delay = 1000;
    await first.evaluate(() => void globalThis.auth.refreshAuth());
    await first.waitForTimeout(100);
    await first.goto('chrome://crash').catch(() => undefined);
    site.delay = 0;
    await second.evaluate(() => globalThis.auth.refreshAuth());
    expect(await statusOf(second)).toBe('authenticated');
    expect(site.log).not.toContain('refresh_token_reused');
  });

  it('10: converges without Web Locks', async () => {
    await context.addInitScript(() => {
      Object.defineProperty(navigator, 'locks', { value: undefined });
    });
    const pages = await tabs();
    site.delay = 100;
    await Promise.all(pages.map((page) => page.evaluate(() => globalThis.auth.refreshAuth())));
    expect(await statuses(pages)).toEqual(Array(TABS).fill('authenticated'));
    expect(site.log).not.toContain('refresh_token_reused');
  });

  it.each([
    ['over the channel', false],
    ['11: by the cookie that is gone, without a channel', true],
  ])('32: ends ten tabs when one signs out, %s', async (_title, withoutChannel) => {
    if (withoutChannel) {
      await context.addInitScript(() => Reflect.deleteProperty(globalThis, 'BroadcastChannel'));
    }
    const pages = await tabs();
    const startedAt = performance.now();
    await pages[0]!.evaluate(() => globalThis.auth.logout());
    await Promise.all(pages.map((page) => becomes(page, 'anonymous')));
    process.stdout.write(
      `32: ten tabs ended after ${(performance.now() - startedAt).toFixed(0)} ms\n`,
    );
    const reasons = await pages[1]!.evaluate(() => globalThis.ended);
    expect(reasons).toEqual(['signed_out_elsewhere']);
  });

  it('33: ends the others after a sign-out without any script', async () => {
    const [first, second] = [await signedIn(), await open()];
    await first.evaluate(() =>
      fetch('/auth/logout', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-csrf': '1' },
        body: '{}',
      }),
    );
    await becomes(second, 'anonymous');
  });

  it('32: is not revived by a refresh that was under way', async () => {
    const page = await signedIn();
    site.delay = 400;
    await page.evaluate(() => void globalThis.auth.refreshAuth().catch(() => undefined));
    await page.waitForTimeout(100);
    await page.evaluate(() => globalThis.auth.logout());
    await page.waitForTimeout(800);
    expect(await statusOf(page)).toBe('anonymous');
    const { status } = await page.evaluate(async () => {
      const answer = await fetch('/auth/refresh', { method: 'POST', headers: { 'x-csrf': '1' } });
      return { status: answer.status };
    });
    expect(status).toBe(401);
  });

  it('23: is stale without a network and recovers with it', async () => {
    const page = await signedIn();
    await context.setOffline(true);
    const code = await page.evaluate(() =>
      globalThis.auth
        .refreshAuth()
        .then(() => 'done')
        .catch((error: unknown) => (error as { readonly code: string }).code),
    );
    expect(code).toBe('offline');
    expect(await statusOf(page)).toBe('authenticated');
    await context.setOffline(false);
    await page.evaluate(() => globalThis.auth.refreshAuth());
    expect(await statusOf(page)).toBe('authenticated');
  });

  it('40: shows nobody on a page that comes back after a sign-out', async () => {
    const page = await signedIn();
    await page.evaluate(() => {
      const link = document.createElement('a');
      link.href = '/elsewhere';
      link.id = 'away';
      link.append('away');
      document.body.append(link);
    });
    await page.click('#away');
    await page.waitForFunction(() => 'auth' in globalThis && !globalThis.auth.loading);
    await page.evaluate(() => globalThis.auth.logout());
    await page.evaluate(() => void setTimeout(() => history.back(), 0));
    await page.waitForURL(`${site.url}/`);
    await becomes(page, 'anonymous');
    expect(await page.textContent('#who')).not.toContain('@');
  });

  it('46: leaves no token in any storage, in the page or in its address, and no refresh token in the heap', async () => {
    const page = await signedIn();
    await page.evaluate(() => globalThis.auth.refreshAuth());
    const token = await page.evaluate(() => globalThis.auth.getAccessToken());
    const refresh = (await context.cookies(site.url)).find(({ name }) =>
      name.endsWith('refresh'),
    )!.value;
    const visible = await page.evaluate(async () =>
      JSON.stringify([
        { ...localStorage },
        { ...sessionStorage },
        await indexedDB.databases(),
        await caches.keys(),
        document.cookie,
        window.name,
        history.state,
        location.href,
        document.documentElement.outerHTML,
      ]),
    );
    expect(visible).not.toContain(token);
    expect(visible).not.toContain(refresh);
    const heap = await heapOf(page);
    expect([token, refresh].map((text) => heap.includes(text))).toEqual([true, false]);
    expect([token, refresh].map((text) => site.log.includes(text))).toEqual([false, false]);
  });

  it('47: does nothing for a page of another site', async () => {
    await signedIn();
    const evil = await context.newPage();
    await evil.route('http://evil.localhost/', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>evil</title>' }),
    );
    await evil.goto('http://evil.localhost/');
    site.passed.length = 0;
    const blocked = await evil.evaluate(async (url) => {
      const outcomes: string[] = [];
      for (const path of ['/auth/refresh', '/auth/logout', '/invoices']) {
        const asked = fetch(url + path, {
          method: 'POST',
          mode: 'no-cors',
          credentials: 'include',
          body: '{}',
        });
        outcomes.push(await asked.then(({ type }) => type).catch(() => 'failed'));
      }
      return outcomes;
    }, site.url);
    expect(blocked).toHaveLength(3);
    expect(site.passed.filter(({ status }) => status < 400)).toEqual([]);
    const page = await open();
    expect(await statusOf(page)).toBe('authenticated');
  });

  async function heapOf(page: Page): Promise<string> {
    const session = await context.newCDPSession(page);
    const chunks: string[] = [];
    session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
    await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
    await session.detach();
    return chunks.join('');
  }
});
