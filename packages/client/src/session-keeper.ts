import { Access, type SharedAccess } from './access.js';
import { AuthError, isFatal } from './auth-error.js';
import type { Browser } from './browser.js';
import { readHint } from './hint.js';
import type { Refresher } from './refresher.js';
import { signedInBy, type AnonymousReason, type SignedIn, type StateStore } from './state.js';
import { Tabs, type TabMessage } from './tabs.js';
import {
  accessOf,
  bearing,
  sessionAnswerOf,
  signedInOf,
  type SessionAnswer,
  type Wire,
} from './wire.js';

/** No timer is armed for longer, so that a clock that jumps or a laptop that sleeps is noticed. */
const TICK_MS = 30_000;
/** However wrong a clock is, two refreshes on our own account are never closer together. */
const MIN_REFRESH_INTERVAL_MS = 5000;
/** How long a new tab waits for an older one to hand it the token. */
const ASK_MS = 30;
/** How long the tab that signs in or out has to say so itself before the cookie that changed is judged. */
const SETTLE_MS = 100;
const ONLINE_JITTER_MS = 3000;
/** What a team meets first, in a browser that says nothing about it. */
const COOKIE_HELP =
  'portcullis: the browser kept no cookie of the sign-in. Page and API have to be of one site, over HTTPS or on localhost.';

/** What the keeper is made of. */
export interface KeeperParts {
  readonly browser: Browser;
  readonly store: StateStore;
  readonly wire: Wire;
  readonly refresher: Refresher;
  readonly channelName: string;
  /** `session` has no access token: cookies carry everything. */
  readonly transport: 'cookie' | 'session';
  readonly shareToken: boolean;
  /** Whether the hint cookie can be read from this page. */
  readonly hasHint: boolean;
  /** Called whenever a session ends in this tab. */
  readonly onEnd: (reason: AnonymousReason) => void;
}

/** Keeps the session of this tab true to that of the server and of the other tabs. */
export class SessionKeeper {
  readonly #tabs: Tabs;
  readonly #stops: (() => void)[];
  #access: Access | undefined;
  #timer: unknown;
  #lastRefreshAt = Number.NEGATIVE_INFINITY;
  #answered: (() => void) | undefined;
  #isLearning = false;
  #booting: Promise<void> | undefined;
  #lastBootAt = Number.NEGATIVE_INFINITY;
  /** What the hint called the session of this tab when it began here. */
  #hinted: string | undefined;
  /** Whether no cookie of the sign-in in this tab has come back to the server so far. */
  #isUnproven = false;

  constructor(private readonly parts: KeeperParts) {
    const { browser, channelName } = parts;
    this.#tabs = new Tabs(browser, channelName, (message) => this.#hear(message));
    this.#stops = [
      browser.on('visible', () => this.#decide()),
      browser.on('shown_again', () => {
        // A page that comes back from the browser's cache shows what was true when it was left.
        this.#compareHint();
        this.#bootAgain();
      }),
      browser.on('online', () =>
        browser.setTimeout(() => this.#decide(), ONLINE_JITTER_MS * browser.random()),
      ),
      browser.on('cookies', () => browser.setTimeout(() => this.#compareHint(), SETTLE_MS)),
    ];
  }

  /** Finds out who is signed in: from another tab, from the server, or from no request at all. */
  boot(): Promise<void> {
    this.#booting ??= this.#find().finally(() => (this.#booting = undefined));
    return this.#booting;
  }

  async #find(): Promise<void> {
    const { browser, hasHint, transport, store } = this.parts;
    if (hasHint && readHint(browser) === undefined) {
      this.#findNobody();
      return;
    }
    if (transport === 'cookie' && (await this.#askTabs())) return;
    // However often a message or a page that comes back gives reason to ask.
    const wait = this.#lastBootAt + MIN_REFRESH_INTERVAL_MS - browser.monotonic();
    if (wait > 0) await new Promise<void>((resolve) => browser.setTimeout(resolve, wait));
    this.#lastBootAt = browser.monotonic();
    const epoch = store.epoch;
    try {
      await this.bringUpToDate();
    } catch (error) {
      if (store.epoch !== epoch || this.#signedIn !== undefined) return;
      if ((error as AuthError).endsSession) this.#findNobody();
      else this.#arm();
    }
  }

  /** The access token, renewed first where it has less life left than that. */
  async token(minValidityMs: number): Promise<string | undefined> {
    if (this.#signedIn === undefined) return undefined;
    if (this.parts.transport === 'session') return undefined;
    if (this.#access === undefined || this.#access.millisecondsLeft <= minValidityMs) {
      const { epoch } = this.parts.store;
      await this.refresh();
      // What somebody asked for is not sent in the name of the next person.
      if (this.parts.store.epoch !== epoch) throw new AuthError({ code: 'superseded' });
    }
    return this.#access?.token;
  }

  /**
   * A token of an API's refusal is stale; another one may be here already. One of a later session is
   * none for a request of the one before.
   */
  async renew(refused: string | undefined, epoch: number): Promise<boolean> {
    const { store, transport } = this.parts;
    const isRenewed = () =>
      this.#access !== undefined && this.#access.token !== refused && store.epoch === epoch;
    const isOver = store.epoch !== epoch || this.#signedIn === undefined;
    if (isOver || isRenewed()) return isRenewed();
    if (transport === 'session') {
      await this.readSession().catch(() => undefined);
      return false;
    }
    await this.refresh().catch(() => undefined);
    return isRenewed();
  }

  /**
   * Exchanges the refresh cookie now, unless another tab just did. Who is signed in stays so while
   * it is under way, and also when it fails for lack of a connection.
   *
   * @throws AuthError what the server answered; `offline`, `network`, `timeout`; `superseded` when the
   * session ended meanwhile
   */
  async refresh(): Promise<void> {
    const { store, refresher, browser } = this.parts;
    const epoch = store.epoch;
    const before = this.#access;
    this.#lastRefreshAt = browser.monotonic();
    try {
      await refresher.refresh({
        isSettled: () => this.#isRenewedSince(before),
        isSuperseded: () => store.epoch !== epoch,
        commit: (answer) => this.commit(answer),
      });
    } catch (error) {
      if (store.epoch === epoch) {
        // It was one of the session before, and had no answer for this one.
        if ((error as AuthError).code === 'superseded') {
          await this.refresh();
          return;
        }
        this.#failed(error as AuthError);
      }
      throw error;
    } finally {
      this.#arm();
    }
  }

  /** By a refresh, or without a token by a look at the session. */
  bringUpToDate(): Promise<void> {
    return this.parts.transport === 'session' ? this.readSession() : this.refresh();
  }

  /** Reads who is signed in and what they may do, without rotating anything. */
  async readSession(): Promise<void> {
    const { store, wire } = this.parts;
    const epoch = store.epoch;
    const token = this.#access?.token;
    try {
      const body = await wire.send('/session', { method: 'GET', ...bearing(token) });
      if (store.epoch !== epoch) return;
      const answer = sessionAnswerOf(body);
      this.#makeRoomFor(answer.session.id);
      this.#isUnproven = false;
      this.#show(answer);
    } catch (error) {
      if (store.epoch === epoch) this.#failed(error as AuthError);
      throw error;
    }
  }

  /** What an API answered says that the authority changed: one silent look, however many say so. */
  heardAuthority(version: number): void {
    const known = this.#signedIn?.authorityVersion;
    if (known === undefined || version <= known) return;
    if (this.#isLearning) return;
    this.#isLearning = true;
    this.readSession()
      .catch(() => undefined)
      .finally(() => (this.#isLearning = false));
  }

  /** Takes a login's or refresh's answer over, and tells the other tabs. What is older is dropped. */
  commit(answer: SessionAnswer): void {
    const { browser, transport, shareToken } = this.parts;
    const access = transport === 'cookie' ? accessOf(answer) : undefined;
    this.#makeRoomFor(answer.session.id);
    this.#isUnproven = false;
    if (access !== undefined) {
      if (this.#isOlder(access, answer)) return;
      this.#access = new Access(browser, access);
      if (shareToken) this.#share(access, answer);
    }
    this.#show(answer);
    this.#arm();
  }

  /**
   * A session begins by a sign-in in this tab: whatever is under way for an older one is dropped.
   *
   * @throws AuthError `cookie_rejected` when the browser kept no cookie of the answer
   */
  begin(answer: SessionAnswer): void {
    const { browser, hasHint, store } = this.parts;
    if (hasHint && readHint(browser) === undefined) throw new AuthError({ code: rejected() });
    this.#makeRoomFor(answer.session.id, 'signed_out');
    store.beginEpoch();
    this.#access = undefined;
    this.commit(answer);
    this.#isUnproven = true;
    this.#tabs.tell({ kind: 'began', sessionId: answer.session.id });
  }

  /** A session ends in this tab at once, and in the others as soon as they hear of it. */
  end(reason: AnonymousReason): void {
    const sessionId = this.#signedIn?.session.id;
    this.#end(reason);
    this.#tabs.tell({ kind: 'ended', sessionId, reason });
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const stop of this.#stops) stop();
    this.parts.browser.clearTimeout(this.#timer);
    this.#tabs.close();
  }

  get #signedIn(): SignedIn | undefined {
    return signedInBy(this.parts.store.state);
  }

  #show(signedIn: SignedIn): void {
    this.parts.store.set({ status: 'authenticated', ...signedInOf(signedIn) });
  }

  #end(reason: AnonymousReason): void {
    const { store, onEnd, browser } = this.parts;
    const wasSignedIn = this.#signedIn !== undefined;
    store.beginEpoch();
    this.#access = undefined;
    browser.clearTimeout(this.#timer);
    store.set({ status: 'anonymous', reason });
    if (wasSignedIn) onEnd(reason);
  }

  /** The cookie is another session's: what this tab holds of the one before ends first. */
  #makeRoomFor(sessionId: string, reason: AnonymousReason = 'signed_out_elsewhere'): void {
    const own = this.#signedIn?.session.id;
    if (own === sessionId) return;
    if (own !== undefined) this.#end(reason);
    this.#hinted = readHint(this.parts.browser)?.session;
  }

  /** What is being found out now may be about the session before. */
  #bootAgain(): void {
    void Promise.resolve(this.#booting).then(() => this.boot());
  }

  /** A page that shows already why nobody is signed in goes on showing it. */
  #findNobody(): void {
    const { store } = this.parts;
    if (store.state.status === 'loading') store.set({ status: 'anonymous', reason: 'never' });
  }

  #failed(error: AuthError): void {
    const { store, hasHint } = this.parts;
    const signedIn = this.#signedIn;
    if (signedIn === undefined) return;
    if (error.endsSession) {
      const isRejected = this.#isUnproven && !hasHint && error.code === 'unauthenticated';
      this.end(isRejected ? rejected() : reasonOf(error.code));
      return;
    }
    // As long as the token lives nothing is lost, and nobody need be told.
    if ((this.#access?.millisecondsLeft ?? 0) > 0) return;
    store.set({ status: 'stale', error, ...signedInOf(signedIn) });
  }

  /**
   * The lock may be free before the token of the tab that held it has arrived here; the cookie of
   * its answer is there already, and tells that it is worth asking.
   */
  async #isRenewedSince(before: Access | undefined): Promise<boolean> {
    const { browser, transport } = this.parts;
    // Another tab may hand over the very token that an API refused.
    const isRenewed = () => this.#access?.token !== before?.token && this.#access?.isDue === false;
    const generation = readHint(browser)?.generation ?? 0;
    const isBehind = before !== undefined && generation > before.generation;
    if (!isRenewed() && isBehind && transport === 'cookie') await this.#askTabs();
    return isRenewed();
  }

  /** A step-up makes no new generation, but a later proof: the token of a refresh it overtook lacks it. */
  #isOlder({ generation }: SharedAccess, { session }: SignedIn): boolean {
    const known = this.#access;
    if (known === undefined) return false;
    if (generation !== known.generation) return generation < known.generation;
    const provenAt = this.#signedIn?.session.authTime;
    return provenAt !== undefined && session.authTime < provenAt;
  }

  #hear(message: TabMessage): void {
    const { store, hasHint } = this.parts;
    const own = this.#signedIn?.session.id;
    if (message.kind === 'ask') this.#answerTab();
    else if (message.kind === 'access') this.#adopt(message);
    else if (message.kind === 'ended') {
      // Where it is not known yet whom the cookie names, it cannot be told which session this is about.
      const isUnknown = own === undefined && store.state.status !== 'loading';
      if (!isUnknown && (message.sessionId ?? own) === (own ?? message.sessionId))
        this.#end(reasonOf(message.reason));
    } else if (message.sessionId !== own) {
      if (hasHint) this.#compareHint();
      else if (own !== undefined) this.#end('signed_out_elsewhere');
      if (this.#signedIn === undefined) store.beginEpoch();
      this.#bootAgain();
    }
  }

  /**
   * A token of another tab counts for the session that this tab has, or while it does not know yet. The
   * cookie knew of it before any script did.
   */
  #adopt({ access, signedIn }: Extract<TabMessage, { kind: 'access' }>): void {
    const { browser, store, transport, hasHint } = this.parts;
    const own = this.#signedIn;
    const isWanted =
      own === undefined
        ? store.state.status === 'loading' || this.#answered !== undefined
        : own.session.id === signedIn.session.id && own.user.id === signedIn.user.id;
    if (transport !== 'cookie' || !isWanted || this.#isOlder(access, signedIn)) return;
    if (hasHint && access.generation > (readHint(browser)?.generation ?? -1)) return;
    // What the server is asked meanwhile may be about the session before.
    if (own === undefined) store.beginEpoch();
    this.#makeRoomFor(signedIn.session.id);
    this.#access = new Access(browser, access);
    this.#show(signedIn);
    this.#answered?.();
    this.#arm();
  }

  #answerTab(): void {
    const signedIn = this.#signedIn;
    const access = this.#access;
    if (!this.parts.shareToken || signedIn === undefined || access === undefined || access.isDue)
      return;
    this.#share(access.share(), signedIn);
  }

  #share(access: SharedAccess, signedIn: SignedIn): void {
    this.#tabs.tell({ kind: 'access', access, signedIn: signedInOf(signedIn) });
  }

  /** Whether one of them handed its token over. */
  async #askTabs(): Promise<boolean> {
    const { browser } = this.parts;
    if (!this.#tabs.exist) return false;
    const isAnswered = await new Promise<boolean>((resolve) => {
      const timer = browser.setTimeout(() => resolve(false), ASK_MS);
      this.#answered = () => {
        browser.clearTimeout(timer);
        resolve(true);
      };
      this.#tabs.tell({ kind: 'ask' });
    });
    this.#answered = undefined;
    return isAnswered;
  }

  /** The cookie is gone or another one's: somebody signed out or in, perhaps without any script of ours. */
  #compareHint(): void {
    const { browser, hasHint } = this.parts;
    if (!hasHint || this.#signedIn === undefined) return;
    const session = readHint(browser)?.session;
    if (session !== undefined && session === this.#hinted) return;
    this.#end('signed_out_elsewhere');
    this.#bootAgain();
  }

  /** Looks at the clock instead of trusting a timer: after sleep, both have moved. */
  #decide(): void {
    // A refresh that was under way at the disposal has armed the timer once more.
    if (this.#isDisposed) return;
    const { browser, store, transport } = this.parts;
    this.#compareHint();
    const isSignedIn = this.#signedIn !== undefined;
    if ((isSignedIn || store.state.status === 'loading') && transport === 'cookie') {
      const mayRefresh = browser.isVisible() && browser.isOnline();
      const isDue = this.#access === undefined || this.#access.isDue;
      const isTooSoon = browser.monotonic() - this.#lastRefreshAt < MIN_REFRESH_INTERVAL_MS;
      if (mayRefresh && isDue && !isTooSoon) {
        this.#arm();
        void (status === 'loading' ? this.boot() : this.bringUpToDate()).catch(() => undefined);
        return;
      }
      if (!browser.isOnline()) this.#failed(new AuthError({ code: 'offline' }));
    }
    this.#arm();
  }

  #arm(): void {
    const { browser } = this.parts;
    browser.clearTimeout(this.#timer);
    const untilDue = this.#access?.millisecondsUntilDue ?? TICK_MS;
    const wait = Math.min(TICK_MS, Math.max(untilDue, MIN_REFRESH_INTERVAL_MS / 5));
    this.#timer = browser.setTimeout(() => this.#decide(), wait);
  }
}

/** What a sign-in that leaves no cookie ends with, and help where a developer looks for it. */
function rejected(): 'cookie_rejected' {
  console.error(COOKIE_HELP);
  return 'cookie_rejected';
}

/** The codes that end a session are the reasons that a page may show; whatever else ended it was elsewhere. */
function reasonOf(code: string): AnonymousReason {
  if (!isFatal(code)) return 'signed_out_elsewhere';
  return code === 'unauthenticated' ? 'session_revoked' : code;
}
