import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { ClientSite } from '../test/browser/client-site';
import { mountReactPage } from '../test/browser/react/site';
import { launchChromium } from '../test/support/chromium';
import { ADMIN } from '../test/support/server-process';
import type { Row } from './measure';

const TABS = 10;
const REFRESHES = 10;
const STORM_MS = 15_000;
const PAUSE_MS = 250;
const STORM_BAR = 5;
const REFRESH = '/auth/refresh';

/** What the client spares components and the server, counted in Chromium before the reference server. */
export async function clientInTabs(databaseUrl: string): Promise<Row[]> {
  const database = { url: databaseUrl, drop: () => Promise.resolve() };
  const site = await ClientSite.start({}, database);
  const browser = await launchChromium();
  try {
    await mountReactPage(site, 19);
    return [
      await rendersAgain(site, browser),
      await reloadStorm(site, browser, true),
      await reloadStorm(site, browser, false),
    ];
  } finally {
    await browser.close();
    await site.stop();
  }
}

async function rendersAgain(site: ClientSite, browser: Browser): Promise<Row> {
  const page = await (await browser.newContext()).newPage();
  await signIn(page, site.url);
  await page.goto(`${site.url}/react/?root=one`);
  await page.locator('[data-hook=useUser]').waitFor();
  await page.evaluate('react.renders.length = 0');
  site.reset();
  for (let count = 0; count < REFRESHES; count += 1) {
    await page.evaluate(() => globalThis.auth.refreshAuth());
  }
  const asked = site.asked(REFRESH).filter(({ status }) => status === 200).length;
  if (asked !== REFRESHES) throw new Error(`the server refreshed ${asked} times`);
  // React renders what it was told of before the next frame but one.
  await sleep(500);
  const all = await page.evaluate<string[]>('react.renders');
  const times = all.filter((name) => name === 'useUser').length;
  return {
    what: `re-renders of a \`useUser\` component over ${REFRESHES} token refreshes`,
    reached: String(times),
    bar: '0',
    detail: `${all.length} of all components, with every hook`,
    missed: all.length > 0,
  };
}

/** Without tokens that are shared every page that is loaded has to ask the server, as it would with most clients. */
async function reloadStorm(site: ClientSite, browser: Browser, isShared: boolean): Promise<Row> {
  const url = `${site.url}/?shareToken=${isShared}`;
  const context = await browser.newContext();
  const pages: Page[] = [];
  while (pages.length < TABS) pages.push(await context.newPage());
  await signIn(pages[0]!, url);
  await Promise.all(pages.slice(1).map((page) => page.goto(url)));
  await Promise.all(pages.map(isSignedIn));
  site.reset();
  const end = performance.now() + STORM_MS;
  let reloads = 0;
  for (; performance.now() < end; reloads += 1) {
    await pages[reloads % TABS]!.reload({ waitUntil: 'commit' });
    await sleep(PAUSE_MS);
  }
  await Promise.all(pages.map(isSignedIn));
  const refreshes = site.count(REFRESH);
  const thefts = await site.audited('authn_token_reuse');
  if (thefts > 0) throw new Error(`${thefts} refreshes were taken for theft`);
  return {
    what: `refreshes per ${TABS} tabs in a reload storm${isShared ? '' : ', `shareToken: false`'}`,
    reached: String(refreshes),
    bar: isShared ? `≤ ${STORM_BAR}` : 'none',
    detail: `${reloads} reloads in ${STORM_MS / 1000} s; none was taken for theft`,
    missed: isShared && refreshes > STORM_BAR,
  };
}

async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForFunction(() => 'auth' in globalThis && !globalThis.auth.loading);
  await page.evaluate((account) => globalThis.auth.login(account), ADMIN);
}

async function isSignedIn(page: Page): Promise<void> {
  await page.waitForFunction(
    () => 'auth' in globalThis && globalThis.auth.getState().status === 'authenticated',
  );
}
