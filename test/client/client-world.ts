import { createAuthClient, type AuthClient, type AuthClientOptions } from '@portcullis/client';
import {
  FakeAuthServer,
  VirtualClock,
  VirtualProfile,
  type ProfileOptions,
  type VirtualTab,
} from '@portcullis/client/testing';

export const ALICE = {
  email: 'alice@example.test',
  password: 'a long pass phrase 1',
  permissions: ['invoices:read'],
  roles: ['viewer'],
};
export const BOB = { ...ALICE, email: 'bob@example.test' };
export const TOKEN_SECONDS = 600;
export const API = 'https://app.example.org/invoices';

/** A tab with the client in it. */
export interface Page {
  readonly tab: VirtualTab;
  readonly auth: AuthClient;
  /** Every state that a listener saw. */
  readonly seen: string[];
}

/** One browser profile in front of one server, with time in the hands of the test. */
export class World {
  readonly clock = new VirtualClock();
  readonly server = new FakeAuthServer(this.clock, TOKEN_SECONDS);
  readonly profile: VirtualProfile;
  readonly pages: Page[] = [];

  constructor(options: Partial<ProfileOptions> = {}) {
    this.server.addAccount(ALICE);
    this.server.addAccount(BOB);
    this.profile = new VirtualProfile({
      clock: this.clock,
      server: this.server.handle,
      ...options,
    });
  }

  /** Opens a tab and starts a client in it. */
  async open(options: Partial<AuthClientOptions> = {}): Promise<Page> {
    const tab = this.profile.openTab();
    const auth = createAuthClient({ ...options, browser: tab.browser });
    const page: Page = { tab, auth, seen: [] };
    auth.subscribe(() => page.seen.push(auth.getState().status));
    this.pages.push(page);
    void auth.start();
    await this.pass(2000);
    return page;
  }

  async signedIn(): Promise<Page> {
    const page = await this.open();
    await this.done(page.auth.login(ALICE));
    return page;
  }

  async close(page: Page): Promise<void> {
    this.pages.splice(this.pages.indexOf(page), 1);
    await page.tab.close();
  }

  /** Lets time pass while something is under way, and gives its result. */
  async done<Result>(work: Promise<Result>): Promise<Result> {
    const settled = work.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    await this.pass(2000);
    const result = await Promise.race([settled, Promise.resolve(undefined)]);
    if (result === undefined) throw new Error('it is still under way');
    if ('error' in result) throw result.error;
    return result.value;
  }

  pass(milliseconds: number): Promise<void> {
    return this.clock.advance(milliseconds);
  }

  get refreshes(): number {
    return this.profile.count('/auth/refresh');
  }

  get statuses(): string[] {
    return this.pages.map(({ auth }) => auth.getState().status);
  }
}
