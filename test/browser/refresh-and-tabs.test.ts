import type { Page } from 'playwright-core';
import { until } from '../support/until';
import { ask, becomes, describeOnStage, refresh, started, statusOf, statuses, TABS } from './stage';

declare global {
  // The page listens before the other one speaks.
  var heardTheLast: Promise<unknown>;
}

const REFRESH = '/auth/refresh';
const CONNECTIONS = 6;
const STORM_MS = 10_000;
const STORM_PAUSE_MS = 250;

describeOnStage('refresh and tabs in a real browser', (stage) => {
  const nobodyWasTakenForAThief = async () => {
    expect(await stage.site.audited('authn_token_reuse')).toBe(0);
  };

  const refreshesAre = (count: number) =>
    until(`${count} refreshes`, () => stage.site.count(REFRESH) === count);

  const waitsForTheLock = (page: Page) =>
    until('a tab that waits for the lock', () =>
      page.evaluate(async () => (await navigator.locks.query()).pending?.length === 1),
    );

  it('sends nothing while nobody is signed in', async () => {
    const page = await stage.open();
    expect(await statusOf(page)).toBe('anonymous');
    expect(stage.site.exchanges).toEqual([]);
  });

  it('comes back signed in after a reload, with one refresh', async () => {
    const page = await stage.signedIn();
    await page.reload();
    await becomes(page, 'authenticated');
    expect(stage.site.count(REFRESH)).toBe(1);
  });

  it('1: renews once for twenty requests that are refused for their token', async () => {
    const page = await stage.signedIn();
    await stage.revokeSigningKey(page);
    stage.site.reset();
    const seen = await page.evaluate(() =>
      Promise.all(
        Array.from({ length: 20 }, async () => (await globalThis.auth.fetch('/invoices')).status),
      ),
    );
    expect(seen).toEqual(Array(20).fill(200));
    expect(stage.site.count(REFRESH)).toBe(1);
    expect(stage.site.asked('/invoices').filter(({ status }) => status === 401)).not.toEqual([]);
  });

  it('2, SD-2: renews once when ten tabs find their token refused at the same instant', async () => {
    const pages = await stage.tabs();
    await stage.revokeSigningKey(pages[0]!);
    stage.site.reset();
    expect(await Promise.all(pages.map((page) => ask(page)))).toEqual(Array(TABS).fill(200));
    expect(stage.site.count(REFRESH)).toBe(1);
    const tokens = await Promise.all(
      pages.map((page) => page.evaluate(() => globalThis.auth.getAccessToken())),
    );
    expect(new Set(tokens).size).toBe(1);
  });

  it('3: asks at most twice when ten tabs are restored at once', async () => {
    const page = await stage.signedIn();
    await page.close();
    const pages = await Promise.all(Array.from({ length: TABS }, () => stage.context.newPage()));
    await Promise.all(
      pages.map(async (restored) => {
        await restored.goto(stage.site.url);
        await becomes(restored, 'authenticated');
      }),
    );
    expect(stage.site.count(REFRESH)).toBeLessThanOrEqual(2);
    await nobodyWasTakenForAThief();
  });

  it('4: opens ten more tabs without a request to the server', async () => {
    const pages = await stage.tabs();
    expect(await statuses(pages)).toEqual(Array(TABS).fill('authenticated'));
    expect(stage.site.count(REFRESH)).toBe(0);
  });

  it('5: survives a storm of reloads in ten tabs with few refreshes', async () => {
    const pages = await stage.tabs();
    const end = performance.now() + STORM_MS;
    for (let round = 0; performance.now() < end; round += 1) {
      const page = pages[round % TABS]!;
      await page.reload({ waitUntil: 'commit' });
      await new Promise((resolve) => setTimeout(resolve, STORM_PAUSE_MS));
    }
    await Promise.all(pages.map((page) => becomes(page, 'authenticated')));
    expect(stage.site.count(REFRESH)).toBeLessThanOrEqual(5);
    await nobodyWasTakenForAThief();
  }, 60_000);

  it('6: keeps what a tab had asked for when it was closed', async () => {
    const page = await stage.signedIn();
    const before = await stage.secretCookie();
    const held = stage.site.hold(REFRESH);
    await page.evaluate(() => void globalThis.auth.refreshAuth().catch(() => undefined));
    await held.arrived;
    await page.close();
    held.release();
    await until('a rotated cookie', async () => (await stage.secretCookie()) !== before);
    const next = await stage.open();
    expect(await statusOf(next)).toBe('authenticated');
    await nobodyWasTakenForAThief();
  });

  it('7: goes on in a tab that waited for one that went elsewhere in the middle of a refresh', async () => {
    const [first, second] = [await stage.signedIn(), await stage.open()];
    const grace = await stage.site.audited('authn_token_grace');
    const held = stage.site.hold(REFRESH);
    await first.evaluate(() => void globalThis.auth.refreshAuth().catch(() => undefined));
    await held.arrived;
    const waiting = refresh(second);
    await waitsForTheLock(second);
    await first.goto(`${stage.site.url}/bare`);
    // The answer to the first is still on its way, so the second presents the token before.
    await refreshesAre(2);
    held.release();
    expect(await waiting).toBe('done');
    expect(await ask(second)).toBe(200);
    expect(await stage.site.audited('authn_token_grace')).toBe(grace + 1);
    await nobodyWasTakenForAThief();
  });

  it('8, SD-8: goes on within two seconds when the tab that held the lock crashes', async () => {
    const [first, second] = [await stage.signedIn(), await stage.open()];
    const held = stage.site.hold(REFRESH);
    await first.evaluate(() => void globalThis.auth.refreshAuth().catch(() => undefined));
    await held.arrived;
    const waiting = refresh(second);
    await waitsForTheLock(second);
    const crashedAt = performance.now();
    await first.goto('chrome://crash').catch(() => undefined);
    await refreshesAre(2);
    const elapsed = performance.now() - crashedAt;
    held.release();
    expect(await waiting).toBe('done');
    expect(elapsed).toBeLessThan(2000);
    await nobodyWasTakenForAThief();
  });

  it('9: does not wait for ever for a lock that a script never lets go', async () => {
    await stage.context.clock.install();
    const page = await stage.signedIn();
    await page.evaluate(
      () =>
        new Promise<void>((held) => {
          void navigator.locks.request('portcullis:web:refresh', () => {
            held();
            return new Promise(() => undefined);
          });
        }),
    );
    const refreshing = refresh(page);
    await waitsForTheLock(page);
    expect(stage.site.count(REFRESH)).toBe(0);
    await page.clock.fastForward(8000);
    expect(await refreshing).toBe('done');
    expect(stage.site.count(REFRESH)).toBe(1);
  });

  it('10: converges in ten tabs without Web Locks', async () => {
    await stage.context.addInitScript(() => {
      Object.defineProperty(navigator, 'locks', { value: undefined });
    });
    const pages = await stage.tabs();
    const held = stage.site.hold(REFRESH);
    const refreshing = Promise.all(pages.map(refresh));
    // More connections at a time no browser opens to one host.
    await refreshesAre(CONNECTIONS);
    held.release();
    expect(await refreshing).toEqual(Array(TABS).fill('done'));
    expect(await Promise.all(pages.map((page) => ask(page)))).toEqual(Array(TABS).fill(200));
    await nobodyWasTakenForAThief();
  });

  it('13: leaves another application on the same origin its own lock and its own channel', async () => {
    const page = await stage.signedIn();
    const other = await stage.open('/?clientId=other');
    expect(await statusOf(other)).toBe('authenticated');
    // Nobody handed it a token.
    expect(stage.site.count(REFRESH)).toBe(1);
    const held = stage.site.hold(REFRESH);
    const refreshing = Promise.all([refresh(page), refresh(other)]);
    await refreshesAre(3);
    held.release();
    expect(await refreshing).toEqual(['done', 'done']);
    expect(await Promise.all([ask(page), ask(other)])).toEqual([200, 200]);
    await nobodyWasTakenForAThief();
  });

  it('16, SD-6: ignores what another version of the package says to it', async () => {
    const page = await stage.signedIn();
    const other = await stage.context.newPage();
    await other.goto(`${stage.site.url}/bare`);
    await page.evaluate(() => {
      globalThis.heardTheLast = new Promise((resolve) => {
        const channel = new BroadcastChannel('portcullis:web');
        channel.onmessage = ({ data }) => data === 'the last' && resolve(data);
      });
    });
    await other.evaluate(() => {
      const channel = new BroadcastChannel('portcullis:web');
      const ended = { kind: 'ended', reason: 'signed_out' };
      for (const message of [{ v: 2, message: ended }, ended, null, 7, { v: 1 }, 'the last']) {
        channel.postMessage(message);
      }
    });
    await page.evaluate(() => globalThis.heardTheLast);
    expect(await statusOf(page)).toBe('authenticated');
    expect(await page.evaluate(() => globalThis.ended)).toEqual([]);
  });

  it('6: starts again in a tab that was reloaded in the middle of a refresh', async () => {
    const page = await stage.signedIn();
    const held = stage.site.hold(REFRESH);
    await page.evaluate(() => void globalThis.auth.refreshAuth().catch(() => undefined));
    await held.arrived;
    const reloading = page.reload();
    await refreshesAre(2);
    held.release();
    await reloading;
    await started(page);
    expect(await statusOf(page)).toBe('authenticated');
    await nobodyWasTakenForAThief();
  });
});
