import type { Page } from 'playwright-core';
import { record } from '../support/recorded-answer';
import type { Seeded } from '../support/seeded';
import { ADMIN } from '../support/server-process';
import { becomes, started, TABS, type Account, type Stage } from './stage';

/** Somebody who may be signed in, with what the model knows of them. */
export interface Soaked {
  readonly account: Account;
  readonly accountId: string;
  /** The assignment by which they may read invoices. */
  assignmentId: string | undefined;
}

/** What ought to be true of every tab. */
export interface Model {
  signedIn: Soaked | undefined;
  online: boolean;
}

/** One profile of a browser, and what a person with ten tabs does in it. */
export class SoakWorld {
  readonly model: Model = { signedIn: undefined, online: true };
  readonly pages: Page[] = [];

  constructor(
    readonly stage: Stage,
    readonly random: Seeded,
    readonly people: readonly Soaked[],
  ) {}

  anyPage(): Page {
    return this.random.of(this.pages);
  }

  /** Different tabs, at least one. */
  somePages(): Page[] {
    const count = 1 + this.random.below(this.pages.length);
    return this.pages.filter(() => this.random.below(this.pages.length) < count);
  }

  async open(): Promise<void> {
    if (this.pages.length < TABS) this.pages.push(await this.stage.open());
  }

  async close(page: Page): Promise<void> {
    this.pages.splice(this.pages.indexOf(page), 1);
    await page.close();
  }

  async signIn(page: Page, person: Soaked): Promise<void> {
    await page.evaluate((account) => globalThis.auth.login(account), person.account);
    this.model.signedIn = person;
  }

  /** Gives the person in front of the pages the role that reads invoices, or takes it away. */
  async changeRole(person: Soaked): Promise<void> {
    const { url } = this.stage.site;
    const login = { ...ADMIN, transport: 'body' };
    const { body } = await record({ url, method: 'POST', path: '/auth/login', body: login });
    const token = String(body['access_token']);
    if (person.assignmentId !== undefined) {
      const path = `/admin/assignments/${person.assignmentId}`;
      expect((await record({ url, method: 'DELETE', path, token })).status).toBe(204);
      person.assignmentId = undefined;
      return;
    }
    const roles = await record({ url, path: '/admin/roles', token });
    const { id: roleId } = (roles.body['items'] as { id: string; name: string }[]).find(
      ({ name }) => name === 'viewer',
    )!;
    const given = { accountId: person.accountId, roleId };
    const path = '/admin/assignments';
    const answer = await record({ url, method: 'POST', path, token, body: given });
    expect(answer.status).toBe(201);
    person.assignmentId = String(answer.body['id']);
  }

  async goOnline(): Promise<void> {
    await this.stage.context.setOffline(false);
    this.model.online = true;
  }

  /** Reloads, and does not wait for what the page makes of it. */
  async reload(page: Page): Promise<void> {
    await page.reload({ waitUntil: 'commit' });
  }

  async settled(): Promise<void> {
    await Promise.all(this.pages.map(started));
  }

  /**
   * Compares every tab with the model, and waits for as long as it may lawfully take.
   *
   * @throws Error of Playwright, when a tab never shows what is true
   */
  async expectTruth(): Promise<void> {
    const { signedIn, online } = this.model;
    await this.settled();
    for (const page of this.pages) {
      if (signedIn === undefined) await becomes(page, 'anonymous');
      else if (online) await becomes(page, 'authenticated');
      const shown = await page.evaluate(() => globalThis.auth.user?.email ?? null);
      expect(shown).toBe(signedIn?.account.email ?? null);
    }
    if (online) await this.#expectAnswers();
    expect(await this.stage.site.audited('authn_token_reuse')).toBe(0);
    const unexpected = await this.stage.site.sql(
      `SELECT revoked_reason FROM auth.sessions
       WHERE revoked_reason IS NOT NULL AND revoked_reason NOT IN ('logout', 'replaced')`,
    );
    expect(unexpected).toEqual([]);
  }

  /** What the API lets a tab do is what the model says, and what the tab then shows. */
  async #expectAnswers(): Promise<void> {
    const { signedIn } = this.model;
    const mayRead = signedIn?.assignmentId !== undefined;
    const page = this.anyPage();
    const expected = signedIn === undefined ? 401 : mayRead ? 200 : 403;
    await page.waitForFunction(
      async (wanted) => (await globalThis.auth.fetch('/invoices')).status === wanted,
      expected,
      { polling: 250, timeout: 5000 },
    );
    await page.waitForFunction(
      (wanted) => globalThis.auth.can('invoices:read') === wanted,
      mayRead,
      { timeout: 5000 },
    );
  }
}
