import { AuthError } from './auth-error.js';
import { AuthorizedFetch } from './authorized-fetch.js';
import { thisBrowser, type Browser } from './browser.js';
import type { LoginDto, LogoutDto, SessionListAnswer, StepUpDto } from './contract.gen.js';
import { Refresher } from './refresher.js';
import { SessionKeeper } from './session-keeper.js';
import {
  StateStore,
  type AnonymousReason,
  type AuthState,
  type Permission,
  type Role,
  type User,
} from './state.js';
import { StepUps, type StepUpListener } from './step-ups.js';
import { sessionAnswerOf, Wire } from './wire.js';

/** How the client of one application is set up. */
export interface AuthClientOptions {
  /** Where the routes of the server begin. @default '/auth' */
  readonly baseUrl?: string;
  /**
   * `cookie`: an access token in memory, the refresh token in an HttpOnly cookie. `session`: no token
   * at all within reach of a script.
   * @default 'cookie'
   */
  readonly transport?: 'cookie' | 'session';
  /** Keeps applications of one origin apart. @default 'web' */
  readonly clientId?: string;
  /** Further origins whose API may get the credential. That of the page and of `baseUrl` always may. */
  readonly allowedOrigins?: readonly string[];
  /** Hand the access token to other tabs, which saves each of them a request. @default true */
  readonly shareToken?: boolean;
  /** What the server rendered the page with, so that nothing has to be asked for. */
  readonly initialState?: AuthState;
  /** The browser to work in; another one in tests. */
  readonly browser?: Browser;
}

/** What somebody signs in with. */
export type LoginInput = Pick<LoginDto, 'email' | 'password'>;

/** Which sessions a logout ends: this one, all others of the account, or all. */
export type LogoutScope = NonNullable<LogoutDto['scope']>;

/** Called when a session ends in this tab, wherever it was ended. Clear caches of personal data here. */
export type SignOutListener = (reason: AnonymousReason) => void | Promise<void>;

/** Called when somebody is signed in who is not the one that was signed in last, before any page shows it. */
export type UserChangeListener = (user: User) => void;

/** A live session of the account, for a page that lists them. */
export type SessionListItem = SessionListAnswer;

/**
 * Signs people in and keeps them signed in, with the access token in memory and nowhere else.
 *
 * @example
 * const auth = createAuthClient({ baseUrl: 'https://api.example.org/auth' });
 * await auth.start();
 * auth.subscribe(() => render(auth.getState()));
 * const invoices = await auth.fetch('https://api.example.org/invoices');
 */
export function createAuthClient(options: AuthClientOptions = {}): AuthClient {
  return new AuthClient(options);
}

/** See {@link createAuthClient}. Make one for each application, and keep it while the page lives. */
export class AuthClient {
  readonly #browser: Browser;
  readonly #store: StateStore;
  readonly #wire: Wire;
  readonly #keeper: SessionKeeper;
  readonly #authorized: AuthorizedFetch;
  readonly #transport: 'cookie' | 'session';
  readonly #listeners = new Set<SignOutListener>();
  readonly #userListeners = new Set<UserChangeListener>();
  readonly #stepUps: StepUps;
  #started: Promise<AuthState> | undefined;
  /** Sign-ins and sign-outs under way: the late answer of one would take the cookies of the next away. */
  #turn: Promise<unknown> = Promise.resolve();
  #logouts = 0;

  constructor(options: AuthClientOptions = {}) {
    const { clientId = 'web', transport = 'cookie', shareToken = true, initialState } = options;
    const browser = options.browser ?? thisBrowser();
    const base = new URL(options.baseUrl ?? '/auth', browser.origin);
    this.#browser = browser;
    this.#transport = transport;
    this.#store = new StateStore(initialState ?? { status: 'loading' }, (user) => {
      for (const listener of this.#userListeners) {
        try {
          listener(user);
        } catch (error) {
          // A listener that fails keeps no other from its turn.
          console.error(error);
        }
      }
    });
    this.#wire = new Wire(browser, base.href.replace(/\/$/, ''));
    const name = `portcullis:${clientId}`;
    this.#keeper = new SessionKeeper({
      browser,
      store: this.#store,
      wire: this.#wire,
      refresher: new Refresher(browser, this.#wire, `${name}:refresh`),
      channelName: name,
      transport,
      shareToken,
      hasHint: base.origin === browser.origin,
      onEnd: (reason) => this.#tell(reason),
    });
    this.#stepUps = new StepUps(this.#store);
    this.#authorized = new AuthorizedFetch({
      browser,
      store: this.#store,
      keeper: this.#keeper,
      stepUps: this.#stepUps,
      known: () => this.loading && this.#started,
      origins: new Set([browser.origin, base.origin, ...(options.allowedOrigins ?? [])]),
    });
  }

  /** `fetch` with the credential, for the origins that may have it. See {@link AuthorizedFetch}. */
  readonly fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
    this.#authorized.fetch(input, init);

  /** The present state. The same data is the same object, so a component may compare by reference. */
  readonly getState = (): AuthState => this.#store.state;

  /** What the client was made with: that which a server rendered the page from. */
  readonly getInitialState = (): AuthState => this.#store.initial;

  /** Listens to changes of the state until the returned function is called. A refresh is no change. */
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  get user(): User | null {
    return this.#store.signedIn?.user ?? null;
  }

  /** Whether it is not known yet if somebody is signed in. */
  get loading(): boolean {
    return this.#store.state.status === 'loading';
  }

  /** Finds out who is signed in. Calling it again gives the same promise. */
  start(): Promise<AuthState> {
    return (this.#started ??= this.#keeper.start().then(this.getState));
  }

  /**
   * Signs in with a password.
   *
   * @throws AuthError `invalid_credentials`, `throttled`, `overloaded`, `validation_failed`,
   * `mfa_required`, which also makes the state a `challenge` where nobody is signed in; `cookie_rejected` when
   * the browser kept no cookie of the answer; `superseded` when somebody signed out here meanwhile
   */
  login(input: LoginInput): Promise<User> {
    const logouts = this.#logouts;
    return this.#inTurn(() => this.#login(input, () => this.#logouts !== logouts));
  }

  /**
   * Signs out. This tab and the others forget everything at once, whatever the network does; the
   * server is told with a request that outlives the page.
   *
   * @throws AuthError when the server could not be told. The request is sent again when the browser
   * is online, since a session that only the browser forgot still lives
   */
  async logout({ scope = 'current' }: { readonly scope?: LogoutScope } = {}): Promise<void> {
    const isLeaving = scope !== 'others';
    if (isLeaving) {
      this.#logouts += 1;
      this.#keeper.end('signed_out');
    }
    const sending = this.#sendLogout(scope);
    this.#turn = this.#turn.then(() => sending).catch(() => undefined);
    try {
      await sending;
    } catch (error) {
      if ((error as AuthError).retryable && isLeaving) this.#retryOnline(scope);
      throw error;
    }
  }

  /**
   * Proves once more who is signed in, for what asks for a fresh proof. The session stays.
   *
   * @throws AuthError `invalid_credentials`, `throttled`, `overloaded`, `validation_failed`,
   * `session_revoked`; `superseded` when the session ended meanwhile
   */
  async stepUp({ password }: StepUpDto): Promise<void> {
    this.#keeper.commit(sessionAnswerOf(await this.#own('/step-up', 'POST', { password })));
  }

  /**
   * Registers who asks for a step-up when an API wants one; the last one registered is asked. Requests
   * of {@link fetch} wait meanwhile and are sent once more; when it rejects, they get the API's refusal.
   */
  onStepUp(listener: StepUpListener): () => void {
    return this.#stepUps.listen(listener);
  }

  /**
   * Renews the access token now. Where cookies carry the session there is none, and who is signed in is
   * read anew.
   *
   * @throws AuthError see the server's codes; also `offline`, `network`; `unauthenticated` where it is known
   * that nobody is signed in
   */
  async refreshAuth(): Promise<void> {
    if (this.#store.state.status === 'anonymous') throw new AuthError({ code: 'unauthenticated' });
    await this.#keeper.bringUpToDate();
  }

  /**
   * The access token, for a library that sends requests itself. Keep it in no variable that outlives
   * the request, and in no storage.
   *
   * @param minValiditySeconds renews it first where it has less life left. Default 10
   * @throws AuthError `unauthenticated` when nobody is signed in, or no script may have a token
   */
  async getAccessToken(minValiditySeconds = 10): Promise<string> {
    const token = await this.#keeper.token(minValiditySeconds * 1000);
    if (token === undefined) throw new AuthError({ code: 'unauthenticated' });
    return token;
  }

  /** Whether the person holds every one of the permissions. For what to show; the server decides. */
  can(...permissions: readonly Permission[]): boolean {
    const held = this.#store.signedIn?.permissions;
    return held !== undefined && permissions.every((permission) => held.includes(permission));
  }

  hasRole(role: Role): boolean {
    return this.#store.signedIn?.roles.includes(role) ?? false;
  }

  /** Registers what has to happen when a session ends, until the returned function is called. */
  onSignOut(listener: SignOutListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Registers what has to happen when another person signs in, until the returned function is called.
   * A session that expired and was begun again by the same person is no change.
   */
  onUserChange(listener: UserChangeListener): () => void {
    this.#userListeners.add(listener);
    return () => this.#userListeners.delete(listener);
  }

  /** The live sessions of the account. */
  async listSessions(): Promise<readonly SessionListItem[]> {
    return (await this.#own('/sessions', 'GET')) as readonly SessionListItem[];
  }

  /** Ends one of the account's sessions. @throws AuthError `not_found` */
  async revokeSession(id: string): Promise<void> {
    await this.#own(`/sessions/${encodeURIComponent(id)}`, 'DELETE');
  }

  /** Stops timers and listeners. A refresh under way is not broken off: its cookie is on the way. */
  dispose(): void {
    this.#keeper.dispose();
  }

  /** What one person asked for is neither sent nor answered in the name of the next. */
  async #own(path: string, method: 'GET' | 'POST' | 'DELETE', body?: object): Promise<unknown> {
    const epoch = this.#store.epoch;
    const token = await this.#keeper.token();
    const answer = await this.#wire.send(path, { method, token, body });
    this.#store.demand(epoch);
    return answer;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #login({ email, password }: LoginInput, isOver: () => boolean): Promise<User> {
    try {
      if (isOver()) throw new AuthError({ code: 'superseded' });
      const body = { email, password, transport: this.#transport };
      const answer = sessionAnswerOf(await this.#wire.send('/login', { body }));
      if (isOver()) {
        // It reached the server after the sign-out, and would bring its person back with the next page.
        void this.logout().catch(() => undefined);
        throw new AuthError({ code: 'superseded' });
      }
      this.#keeper.begin(answer);
      return answer.user;
    } catch (error) {
      const { challenge } = error as AuthError;
      if (challenge !== undefined && !isOver() && this.user === null)
        this.#store.set({ status: 'challenge', challenge });
      throw error;
    }
  }

  async #sendLogout(scope: LogoutScope): Promise<void> {
    await this.#wire.send('/logout', { body: { scope }, keepalive: true });
  }

  #retryOnline(scope: LogoutScope): void {
    const stop = this.#browser.on('online', () => {
      stop();
      // Whoever signed in meanwhile has replaced the session already.
      void this.#inTurn(async () => {
        if (this.user === null) await this.#sendLogout(scope);
      });
    });
  }

  #tell(reason: AnonymousReason): void {
    this.#stepUps.drop?.();
    for (const listener of this.#listeners)
      void Promise.resolve(reason).then(listener).catch(console.error);
  }
}
