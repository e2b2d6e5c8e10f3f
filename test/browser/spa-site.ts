import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { Client } from 'pg';
import { startExamples, type Examples } from '../../examples/front/examples';
import { emptyDatabase, type TestDatabase } from '../support/database';

/** The shortest that the server accepts: a test can wait for its renewal. */
const ACCESS_TOKEN_SECONDS = '30';

/** What is tested here is not throttling, but for the waits after wrong passwords. */
const VARIABLES = {
  ACCESS_TOKEN_SECONDS,
  BCRYPT_COST: '10',
  HASH_QUEUE_PER_SOURCE: '1000',
  THROTTLE_LOGIN_LIMIT: '1000000',
  THROTTLE_REFRESH_LIMIT: '1000000',
  THROTTLE_PAGES_LIMIT: '1000000',
  THROTTLE_ACCOUNT_LIMIT: '1000000',
  THROTTLE_APPLICATION_LIMIT: '1000000',
  GUESSING_SOURCE_CAP: '1000000',
};

/** Whose account a demo account is. */
export type DemoRole = 'administrator' | 'clerk' | 'approver';

interface Listed<Item> {
  readonly items: readonly Item[];
}

interface Assignment {
  readonly id: string;
  readonly role: string;
  readonly accountId: string;
  readonly roleId: string;
}

/** The example as `npm run examples` starts it, on a database of the run. */
export class SpaSite {
  private constructor(
    private readonly examples: Examples,
    private readonly database: TestDatabase,
    private readonly directory: string,
  ) {}

  static async start(): Promise<SpaSite> {
    const database = await emptyDatabase();
    const dataDirectory = mkdtempSync(join(tmpdir(), 'portcullis-spa-'));
    const variables = { ...VARIABLES, DATABASE_URL: database.url };
    const examples = await startExamples({ dataDirectory, ports: { spa: 0, ssr: 0 }, variables });
    return new SpaSite(examples, database, dataDirectory);
  }

  get url(): string {
    return this.examples.fronts.spa.url;
  }

  /** Where the pages are that the server renders. */
  get ssrUrl(): string {
    return this.examples.fronts.ssr.url;
  }

  async stop(): Promise<void> {
    await this.examples.stop();
    await this.database.drop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  account(role: DemoRole): { readonly email: string; readonly password: string } {
    const account = this.examples.server.accounts.find((candidate) => candidate.role === role);
    if (account === undefined) throw new Error(`no ${role}`);
    return account;
  }

  /** Fills the form in that the page shows. */
  async fill(
    page: Page,
    { email, password }: { readonly email: string; readonly password: string },
  ) {
    await page.getByLabel('E-mail address').fill(email);
    await passwordField(page).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  /** A page of the example for somebody who signs in on the way to it. */
  async open(context: BrowserContext, role: DemoRole, path: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(this.url + path);
    await this.fill(page, this.account(role));
    await page.waitForURL(this.url + path);
    return page;
  }

  /** The API as the administrator's own script would call it. */
  async administration<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const { url } = this.examples.server;
    const login = await fetch(`${url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...this.account('administrator'),
        role: undefined,
        transport: 'body',
      }),
    });
    const { access_token } = (await login.json()) as { access_token: string };
    const answer = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${access_token}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as Answer;
  }

  /** Leaves the approver nothing but to look on, until it is told to give the role back, or the work is done. */
  async withoutApproval(work: (giveBack: () => Promise<void>) => Promise<void>): Promise<void> {
    const { items: held } = await this.administration<Listed<Assignment>>(
      'GET',
      '/admin/assignments?limit=100',
    );
    const { items: roles } = await this.administration<Listed<{ id: string; name: string }>>(
      'GET',
      '/admin/roles?limit=100',
    );
    const approval = held.find(({ role }) => role === 'approver');
    const viewer = roles.find(({ name }) => name === 'viewer');
    if (approval === undefined || viewer === undefined)
      throw new Error('no approver, or no viewer');
    const { accountId, roleId } = approval;
    const give = (id: string) =>
      this.administration<Assignment>('POST', '/admin/assignments', { accountId, roleId: id });
    const take = ({ id }: Pick<Assignment, 'id'>) =>
      this.administration('DELETE', `/admin/assignments/${id}`);
    const looking = await give(viewer.id);
    await take(approval);
    let returned: Promise<Assignment> | undefined;
    const giveBack = async () => {
      await (returned ??= give(roleId));
    };
    try {
      await work(giveBack);
    } finally {
      await giveBack();
      await take(looking);
    }
  }

  /** Leaves the approver nothing at all until the work is done. */
  async withoutRoles(work: () => Promise<void>): Promise<void> {
    const { items } = await this.administration<Listed<Assignment>>(
      'GET',
      '/admin/assignments?limit=100',
    );
    const approval = items.find(({ role }) => role === 'approver');
    if (approval === undefined) throw new Error('no approver');
    const { id, accountId, roleId } = approval;
    await this.administration('DELETE', `/admin/assignments/${id}`);
    try {
      await work();
    } finally {
      await this.administration('POST', '/admin/assignments', { accountId, roleId });
    }
  }

  /** Lets it look as if everybody had signed in long ago. */
  async ageSignIns(seconds: number): Promise<void> {
    await this.#sql(
      `UPDATE auth.sessions SET auth_time = auth_time - make_interval(secs => ${seconds})`,
    );
  }

  /** Lets every session have been idle for too long. */
  async expireSessions(): Promise<void> {
    await this.#sql(`UPDATE auth.sessions SET idle_expires_at = clock_timestamp()`);
  }

  /** Ends every session of an account, as an administrator would. */
  async endSessions(role: DemoRole): Promise<void> {
    const { email } = this.account(role);
    const { items } = await this.administration<{
      items: readonly { id: string; email: string }[];
    }>('GET', '/admin/users?limit=100');
    const id = items.find((user) => user.email === email)?.id;
    await this.administration('DELETE', `/admin/users/${id}/sessions`);
  }

  /** Nobody answers behind the front until the work is done. */
  async away(work: () => Promise<void>): Promise<void> {
    const { fronts, server } = this.examples;
    // Nothing listens on the discard port.
    for (const front of [fronts.spa, fronts.ssr]) front.forwardTo('http://127.0.0.1:9');
    try {
      await work();
    } finally {
      for (const front of [fronts.spa, fronts.ssr]) front.forwardTo(server.url);
    }
  }

  async #sql(text: string): Promise<void> {
    const client = new Client({ connectionString: this.database.url });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  }
}

export function heading(page: Page, name: string): Locator {
  return page.getByRole('heading', { name, level: 1 });
}

/** The field, and not the button that shows what is in it. */
export function passwordField(form: Page | Locator): Locator {
  return form.getByLabel('Password', { exact: true });
}

export function approveButtons(page: Page): Locator {
  return page.getByRole('button', { name: /^Approve INV/ });
}
