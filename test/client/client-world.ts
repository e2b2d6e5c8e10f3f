import {
  createAuthClient,
  type AuthClient,
  type AuthClientOptions,
  type AuthError,
  type AuthState,
} from '@portcullis/client';
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
/** What a page of ALICE shows, and what a server renders it from. */
export const SIGNED_IN = {
  status: 'authenticated',
  user: { id: ALICE.email, email: ALICE.email, emailVerified: true, displayName: null },
  session: {
    id: 'session-1',
    createdAt: '2026-01-01T00:00:00.000Z',
    amr: ['pwd'],
    authTime: '2026-01-01T00:00:00.000Z',
    tenantId: null,
  },
  roles: ['viewer'],
  permissions: ['invoices:read'],
  authorityVersion: 1,
} as const satisfies AuthState;
export const TOKEN_SECONDS = 600;
export const API = 'https://app.example.org/invoices';
/** What only a fresh proof opens, where a test says so. */
export const APPROVE = 'https://app.example.org/invoices/7/approve';

/** A tab with the client in it. */
export interface Page {
  readonly tab: VirtualTab;
  readonly auth: AuthClient;
  /** Every state that a listener saw. */
  readonly seen: string[];
}

/** The channel between the tabs, as a script of the same origin has it. */
interface Overheard {
  readonly heard: readonly { readonly message: { readonly kind: string } }[];
  send(message: unknown): void;
}

/** One browser profile in front of one server, with time in the hands of the test. */
export class World {
  readonly clock = new VirtualClock();
  readonly server = new FakeAuthServer(this.clock, TOKEN_SECONDS);
  readonly profile: VirtualProfile;
  readonly pages: Page[] = [];
  /** How often a request was sent, by its number `n`. */
  readonly sent = new Map<string, number>();
  readonly #channel: Overheard;
  readonly #delays = new Map<string, number>();

  constructor(options: Partial<ProfileOptions> = {}) {
    this.server.addAccount(ALICE);
    this.server.addAccount(BOB);
    this.profile = new VirtualProfile({
      clock: this.clock,
      server: async (request, jar) => {
        const { pathname, searchParams } = new URL(request.url);
        const number = searchParams.get('n');
        if (number !== null) this.sent.set(number, (this.sent.get(number) ?? 0) + 1);
        const answer = await this.server.handle(request, jar);
        const delay = this.#delays.get(pathname);
        if (delay !== undefined) await this.after(delay);
        return answer;
      },
      ...options,
    });
    const heard: Overheard['heard'][number][] = [];
    const { send } = this.profile.openChannel('portcullis:web', (message) =>
      heard.push(message as never),
    );
    this.#channel = { heard, send };
  }

  /** What tabs tell each other, and a voice among them. */
  get channel(): Overheard {
    return this.#channel;
  }

  /** For work that takes its time; somebody else has to let it pass. */
  after(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.clock.setTimeout(resolve, milliseconds));
  }

  /** For as long as something lasts, answers of a path take longer on their way back. */
  async delayed(path: string, milliseconds: number, work: () => Promise<void>): Promise<void> {
    this.#delays.set(path, milliseconds);
    await work().finally(() => this.#delays.delete(path));
  }

  /**
   * Opens a tab and starts a client in it.
   *
   * @param prepare what has to be there before it starts
   */
  async open(
    options: Partial<AuthClientOptions> = {},
    prepare: (page: Page) => void = () => undefined,
  ): Promise<Page> {
    const tab = this.profile.openTab();
    const auth = createAuthClient({ ...options, browser: tab.browser });
    const page: Page = { tab, auth, seen: [] };
    auth.subscribe(() => page.seen.push(auth.getState().status));
    this.pages.push(page);
    prepare(page);
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

/** How work ends: `done`, or the code of its error. */
export function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'done',
    (error: unknown) => (error as Partial<AuthError>).code ?? error,
  );
}
