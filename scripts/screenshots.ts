import { mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeDevPostgres } from '@portcullis/dev-postgres';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startExamples, type Examples } from '../examples/front/examples';
import { launchChromium } from '../test/support/chromium';
import { smallPng } from './small-png';

/*
 * Writes docs/screenshots: each page of examples/spa and examples/ssr as a person sees it, or those whose
 * names begin with the first argument (`npm run screenshots -- ssr`). Type is set in Inter
 * where the machine has it. Pages with soft light are pictures of a kind that holds it in few bytes.
 */

const FOLDER = join(__dirname, '..', 'docs', 'screenshots');
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const MAX_KILOBYTES = 120;

type Role = 'administrator' | 'clerk' | 'approver';

interface Account {
  readonly email: string;
  readonly password: string;
}

interface Shot {
  readonly name: string;
  /** @default 'spa' */
  readonly front?: 'spa' | 'ssr';
  /** Nobody is signed in without it. */
  readonly as?: Role;
  readonly path: string;
  readonly options?: BrowserContextOptions;
  /** @default 'png' */
  readonly type?: 'png' | 'jpeg';
  /** What is done before the picture is taken. */
  readonly act?: (page: Page, account: Account, examples: Examples) => Promise<void>;
}

const wrongPassword = async (page: Page) => {
  await page.getByLabel('E-mail address').fill('clerk@example.test');
  await page.getByLabel('Password', { exact: true }).fill('not the pass phrase');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
};

const firstDraft = async (page: Page) => {
  await page
    .getByRole('button', { name: /^Approve INV/ })
    .first()
    .waitFor();
};

/** The reference server has no second factor yet; the contract has. */
const challenge = async (page: Page) => {
  const asked = { token: 'c', factors: ['totp', 'passkey', 'recovery_code'], expiresIn: 300 };
  await page.route('**/api/auth/login', (route) =>
    route.fulfill({ status: 401, json: { code: 'mfa_required', challenge: asked } }),
  );
  await page.getByLabel('E-mail address').fill('clerk@example.test');
  await page.getByLabel('Password', { exact: true }).fill('the pass phrase');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('One more step').waitFor();
};

/** The browsers of somebody with more than one device. */
const DEVICES = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
];

/** The sessions of a person with three more devices, and not those of the pictures before. */
const onOtherDevices = async (page: Page, { email, password }: Account) => {
  const others = page.getByRole('button', { name: /^Sign out all/ });
  if (await others.isEnabled()) await others.click();
  await page.waitForLoadState('networkidle');
  for (const device of DEVICES) {
    const answer = await fetch(new URL('/api/auth/login', page.url()), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': device },
      body: JSON.stringify({ email, password, transport: 'body' }),
    });
    if (!answer.ok) throw new Error(`no session for ${device}: ${answer.status}`);
  }
  await page.reload();
  await page.getByText('Safari on iPhone', { exact: true }).waitFor();
};

/** Nobody's proof is older than a minute while pictures are taken, so the server's answer is played. */
const stepUp = async (page: Page) => {
  const challenge = 'Bearer error="insufficient_user_authentication", max_age="300"';
  await page.route('**/api/admin/assignments', (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({
          status: 401,
          headers: { 'www-authenticate': challenge },
          json: { code: 'step_up_required' },
        })
      : route.fallback(),
  );
  await page.getByLabel('A role for Demo clerk').selectOption('viewer');
  await page.getByRole('button', { name: 'Give' }).nth(1).click();
  await page.getByRole('heading', { name: 'Is it still you?' }).waitFor();
};

/** Another device of the same person ends all other sessions. */
const endedElsewhere = async (page: Page, { email, password }: Account) => {
  const api = new URL('/api/auth', page.url()).href;
  const headers = { 'content-type': 'application/json' };
  const login = JSON.stringify({ email, password, transport: 'body' });
  const answer = await fetch(`${api}/login`, { method: 'POST', headers, body: login });
  const { access_token } = (await answer.json()) as { access_token: string };
  await fetch(`${api}/logout`, {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${access_token}` },
    body: JSON.stringify({ scope: 'others' }),
  });
  // Here a dialog says so, there the whole page.
  const words = /^(?:Please sign in again|You are signed out)$/;
  await page.getByRole('heading', { name: words }).waitFor();
};

const SHOTS: readonly Shot[] = [
  { name: 'sign-in', path: '/sign-in', type: 'jpeg' },
  { name: 'sign-in-dark', path: '/sign-in', type: 'jpeg', options: { colorScheme: 'dark' } },
  { name: 'sign-in-refused', path: '/sign-in', type: 'jpeg', act: wrongPassword },
  { name: 'second-factor', path: '/sign-in', type: 'jpeg', act: challenge },
  { name: 'invoices', as: 'approver', path: '/invoices', act: firstDraft },
  {
    name: 'invoices-dark',
    as: 'approver',
    path: '/invoices',
    options: { colorScheme: 'dark' },
    act: firstDraft,
  },
  {
    name: 'approve',
    as: 'approver',
    path: '/invoices?status=draft',
    async act(page) {
      await page
        .getByRole('button', { name: /^Approve INV/ })
        .first()
        .click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'invoice',
    as: 'approver',
    path: '/invoices?status=draft',
    async act(page) {
      await page.getByRole('link', { name: /^INV-/ }).first().click();
      await page.getByText('Reference').waitFor();
    },
  },
  { name: 'new-invoice', as: 'clerk', path: '/invoices/new' },
  { name: 'reports', as: 'approver', path: '/reports' },
  { name: 'people', as: 'administrator', path: '/people' },
  { name: 'step-up', as: 'administrator', path: '/people', act: stepUp },
  {
    name: 'step-up-dark',
    as: 'administrator',
    path: '/people',
    options: { colorScheme: 'dark' },
    act: stepUp,
  },
  { name: 'sessions', as: 'approver', path: '/sessions', act: onOtherDevices },
  {
    name: 'phone-sessions',
    as: 'approver',
    path: '/sessions',
    options: { viewport: PHONE },
    act: onOtherDevices,
  },
  { name: 'account', as: 'approver', path: '/account' },
  { name: 'forbidden', as: 'clerk', path: '/reports' },
  { name: 'not-found', as: 'clerk', path: '/nowhere' },
  { name: 'phone-sign-in', path: '/sign-in', options: { viewport: PHONE } },
  {
    name: 'phone-invoices',
    as: 'approver',
    path: '/invoices',
    options: { viewport: PHONE },
    act: firstDraft,
  },
  { front: 'ssr', name: 'sign-in', path: '/login', type: 'jpeg' },
  { front: 'ssr', name: 'sign-in-refused', path: '/login', type: 'jpeg', act: wrongPassword },
  { front: 'ssr', name: 'invoices', as: 'approver', path: '/invoices?status=draft' },
  {
    front: 'ssr',
    name: 'invoice-dark',
    as: 'approver',
    path: '/invoices?status=draft',
    options: { colorScheme: 'dark' },
    act: async (page) => {
      await page.getByRole('link', { name: /^INV-/ }).first().click();
      await page.waitForURL(/invoices\/[\w-]+/);
    },
  },
  { front: 'ssr', name: 'sessions', as: 'approver', path: '/sessions' },
  { front: 'ssr', name: 'account', as: 'approver', path: '/account' },
  { front: 'ssr', name: 'not-found', as: 'clerk', path: '/nowhere' },
  {
    front: 'ssr',
    name: 'phone-invoices',
    as: 'approver',
    path: '/invoices',
    options: { viewport: PHONE },
  },
  {
    front: 'ssr',
    name: 'away',
    path: '/login',
    type: 'jpeg',
    async act(page, _account, { fronts, server }) {
      // Nothing listens on the discard port.
      fronts.ssr.forwardTo('http://127.0.0.1:9');
      await page.reload();
      fronts.ssr.forwardTo(server.url);
    },
  },
  // Last, because it ends what the page of sessions lists.
  { name: 'session-ended', as: 'approver', path: '/invoices', act: endedElsewhere },
  {
    name: 'phone-session-ended-dark',
    as: 'approver',
    path: '/invoices',
    options: { viewport: PHONE, colorScheme: 'dark' },
    act: endedElsewhere,
  },
  {
    front: 'ssr',
    name: 'session-ended',
    as: 'approver',
    path: '/invoices',
    type: 'jpeg',
    act: endedElsewhere,
  },
];

async function main(): Promise<void> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'portcullis-screenshots-'));
  mkdirSync(FOLDER, { recursive: true });
  try {
    const examples = await startExamples({ dataDirectory, ports: { spa: 0, ssr: 0 } });
    const browser = await launchChromium();
    try {
      for (const shot of SHOTS.filter(isWanted)) await take(browser, examples, shot);
    } finally {
      await browser.close();
      await examples.stop();
    }
  } finally {
    await removeDevPostgres(dataDirectory);
  }
}

/** The part of a file's name that stands before its kind. */
const nameOf = ({ front = 'spa', name }: Shot) => `${front}-${name}`;
const isWanted = (shot: Shot) => nameOf(shot).startsWith(process.argv[2] ?? '');

async function take(browser: Browser, examples: Examples, shot: Shot): Promise<void> {
  const { front = 'spa', as, path, options, act, type = 'png' } = shot;
  const context = await browser.newContext({
    viewport: DESKTOP,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    ...options,
  });
  const page = await context.newPage();
  const url = examples.fronts[front].url + path;
  await page.goto(url);
  const { email = '', password = '' } =
    examples.server.accounts.find(({ role }) => role === as) ?? {};
  if (as !== undefined) {
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(url);
  }
  await act?.(page, { email, password }, examples);
  await page.waitForLoadState('networkidle');
  const file = join(FOLDER, `${nameOf(shot)}.${type === 'png' ? 'png' : 'jpg'}`);
  const picture = await page.screenshot({ type, ...(type === 'jpeg' && { quality: 90 }) });
  writeFileSync(file, type === 'png' ? smallPng(picture) : picture);
  await context.close();
  const kilobytes = Math.ceil(statSync(file).size / 1024);
  console.log(`${file} ${kilobytes} KB`);
  if (kilobytes > MAX_KILOBYTES) throw new Error(`${file} is larger than ${MAX_KILOBYTES} KB`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
