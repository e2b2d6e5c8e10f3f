import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { describeInChromium, launchChromium } from '../support/chromium';
import { makePeople, type Person } from '../support/crowd';
import { ADMIN } from '../support/server-process';
import { ClientSite } from './client-site';

export const TABS = 10;
const PATIENCE_MS = 15_000;

export type Status = ReturnType<typeof globalThis.auth.getState>['status'];

/** A site and a browser in front of it, with a fresh profile for each test. */
export class Stage {
  site!: ClientSite;
  browser!: Browser;
  context!: BrowserContext;
  /** What a page did that its policy forbids, or threw. */
  readonly violations: string[] = [];

  async freshContext(): Promise<BrowserContext> {
    const context = await this.browser.newContext();
    // What a hostile page does is its own affair.
    const isOurs = (page: Page | null) => page?.url().startsWith(this.site.url) === true;
    context.on('weberror', (error) => {
      if (isOurs(error.page())) this.violations.push(String(error.error()));
    });
    context.on('console', (message) => {
      const isViolation = message.text().includes('Content Security Policy');
      if (isOurs(message.page()) && message.type() === 'error' && isViolation) {
        this.violations.push(message.text());
      }
    });
    return context;
  }

  /** A tab whose client knows who is signed in. */
  async open(path = '/', context = this.context): Promise<Page> {
    const page = await context.newPage();
    await page.goto(new URL(path, this.site.url).href);
    await started(page);
    return page;
  }

  async signedIn(path = '/', account: Account = ADMIN, context = this.context): Promise<Page> {
    const page = await this.open(path, context);
    await signIn(page, account);
    return page;
  }

  /** Ten tabs of one profile, signed in. */
  async tabs(path = '/'): Promise<Page[]> {
    const pages = [await this.signedIn(path)];
    while (pages.length < TABS) pages.push(await this.open(path));
    return pages;
  }

  /** Accounts of other people, with the administrator's password. */
  people(count: number): Promise<Person[]> {
    return makePeople(this.site.databaseUrl, count);
  }

  /** The secret that the profile holds, which no script can read. */
  async secretCookie(context = this.context): Promise<string | undefined> {
    const cookies = await context.cookies(this.site.url);
    return cookies.find(({ name }) => /portcullis-(?:refresh|session)$/.test(name))?.value;
  }

  /** Refuses every access token that is on the way, without ending a session. */
  async revokeSigningKey(admin: Page): Promise<void> {
    await admin.evaluate(async () => {
      const keys = (await (await globalThis.auth.fetch('/admin/keys')).json()) as {
        readonly items: readonly { readonly kid: string; readonly status: string }[];
      };
      const { kid } = keys.items.find(({ status }) => status === 'current')!;
      const path = `/admin/keys/${kid}/revoke`;
      const answer = await globalThis.auth.fetch(path, { method: 'POST' });
      if (!answer.ok) throw new Error(await answer.text());
    });
  }

  /** Gives somebody a role, as an administrator who is signed in on a page. */
  async grant(admin: Page, accountId: string, role: string): Promise<void> {
    await admin.evaluate(
      async ([account, wanted]) => {
        const roles = (await (await globalThis.auth.fetch('/admin/roles')).json()) as {
          readonly items: readonly { readonly id: string; readonly name: string }[];
        };
        const { id } = roles.items.find(({ name }) => name === wanted)!;
        const answer = await globalThis.auth.fetch('/admin/assignments', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ accountId: account, roleId: id }),
        });
        if (!answer.ok) throw new Error(await answer.text());
      },
      [accountId, role] as const,
    );
  }
}

/** What somebody signs in with. */
export interface Account {
  readonly email: string;
  readonly password: string;
}

export function accountOf({ email }: Person): Account {
  return { email, password: ADMIN.password };
}

/** A suite on a stage of its own. After each test no policy was broken and no script had failed. */
export function describeOnStage(
  title: string,
  suite: (stage: Stage) => void,
  variables: Record<string, string> = {},
): void {
  describeInChromium(title, () => {
    const stage = new Stage();

    beforeAll(async () => {
      stage.site = await ClientSite.start(variables);
      // Kept pages are part of what is tested.
      stage.browser = await launchChromium({
        ignoreDefaultArgs: ['--disable-back-forward-cache'],
      });
    }, 120_000);

    afterAll(async () => {
      await stage.browser.close();
      await stage.site.stop();
    }, 60_000);

    beforeEach(async () => {
      stage.context = await stage.freshContext();
      stage.site.reset();
    });

    afterEach(async () => {
      stage.site.reset();
      for (const context of stage.browser.contexts()) await context.close();
      expect(stage.violations.splice(0)).toEqual([]);
    });

    suite(stage);
  });
}

/** A page that is being loaded has no client yet. */
export async function started(page: Page): Promise<void> {
  await page.waitForFunction(() => 'auth' in globalThis && !globalThis.auth.loading, undefined, {
    timeout: PATIENCE_MS,
  });
}

export async function signIn(page: Page, account: Account = ADMIN): Promise<void> {
  await page.evaluate((given) => globalThis.auth.login(given), account);
}

export function statusOf(page: Page): Promise<Status> {
  return page.evaluate(() => globalThis.auth.getState().status);
}

export function statuses(pages: readonly Page[]): Promise<Status[]> {
  return Promise.all(pages.map(statusOf));
}

export async function becomes(page: Page, status: Status): Promise<void> {
  await page.waitForFunction(
    (wanted) => 'auth' in globalThis && globalThis.auth.getState().status === wanted,
    status,
    { timeout: PATIENCE_MS },
  );
}

/** Renews the access token; 'done' or the code of what went wrong. */
export function refresh(page: Page): Promise<string> {
  return page.evaluate(() =>
    globalThis.auth.refreshAuth().then(
      () => 'done',
      (error: unknown) => (error as { readonly code: string }).code,
    ),
  );
}

/** The status of what the application's own API answers. */
export function ask(page: Page, path = '/invoices'): Promise<number> {
  return page.evaluate(async (url) => (await globalThis.auth.fetch(url)).status, path);
}

/** Why the page says that nobody is signed in. */
export function reasonOf(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const state = globalThis.auth.getState();
    return 'reason' in state ? state.reason : undefined;
  });
}

/** Has the page believe that nobody looks at it, or that somebody does again. */
export function setVisible(page: Page, isVisible: boolean): Promise<void> {
  return page.evaluate((visible) => {
    const state = visible ? 'visible' : 'hidden';
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isVisible);
}

/**
 * Everything that the page's JavaScript holds, as one text.
 */
export async function heapOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  return chunks.join('');
}

/** Stops every page as a closed lid does, for as long as something takes. */
export async function asleep<Result>(
  browser: Browser,
  meanwhile: () => Promise<Result>,
): Promise<Result> {
  const session: CDPSession = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const pids = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => {
    for (const pid of pids) {
      try {
        process.kill(pid, name);
      } catch (error) {
        // Chromium ends spare ones as it likes.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  };
  signal('SIGSTOP');
  try {
    return await meanwhile();
  } finally {
    signal('SIGCONT');
  }
}
