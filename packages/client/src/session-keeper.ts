import { Access, isShared, type SharedAccess } from './access.js';
import { AuthError } from './auth-error.js';
import { readHint } from './hint.js';
import type { KeeperParts } from './keeper-parts.js';
import {
  MAX_PAUSE_MS,
  MIN_REFRESH_INTERVAL_MS,
  ONLINE_JITTER_MS,
  SETTLE_MS,
  TICK_MS,
} from './rhythm.js';
import { reasonOf, rejected } from './session-end.js';
import type { AnonymousReason, SignedIn } from './state.js';
import { Tabs, type HeardMessage } from './tabs.js';
import { accessOf, isSignedIn, sessionAnswerOf, signedInOf, type SessionAnswer } from './wire.js';

/** Keeps the session of this tab true to that of the server and of the other tabs. */
export class SessionKeeper {
  readonly #browser: KeeperParts['browser'];
  readonly #store: KeeperParts['store'];
  readonly #wire: KeeperParts['wire'];
  readonly #refresher: KeeperParts['refresher'];
  readonly #transport: KeeperParts['transport'];
  readonly #shareToken: KeeperParts['shareToken'];
  readonly #hasHint: KeeperParts['hasHint'];
  readonly #onEnd: KeeperParts['onEnd'];
  readonly #tabs: Tabs;
  readonly #stops: (() => void)[];
  #access: Access | undefined;
  #timer: unknown;
  #lastRefreshAt = -MIN_REFRESH_INTERVAL_MS;
  #pause = MIN_REFRESH_INTERVAL_MS;
  /** The latest version of the authority that was asked about. */
  #heard = 0;
  #booting: Promise<void> | undefined;
  /** What the hint called the session of this tab when it began here. */
  #hinted: string | undefined;
  /** Whether no cookie of the sign-in in this tab has come back to the server so far. */
  #isUnproven = false;
  #isDisposed = false;

  constructor(parts: KeeperParts) {
    const { browser } = parts;
    this.#browser = browser;
    this.#store = parts.store;
    this.#wire = parts.wire;
    this.#refresher = parts.refresher;
    this.#transport = parts.transport;
    this.#shareToken = parts.shareToken;
    this.#hasHint = parts.hasHint;
    this.#onEnd = parts.onEnd;
    this.#hinted = readHint(browser).session;
    this.#tabs = new Tabs(browser, parts.channelName, (message) => this.#hear(message));
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

  /** What a page was rendered with is believed as long as the cookie is there. */
  async start(): Promise<void> {
    this.#compareHint();
    if (this.#store.state.status === 'loading') await this.boot();
  }

  /** Finds out who is signed in: from another tab, from the server, or from no request at all. */
  boot(): Promise<void> {
    return (this.#booting ??= this.#find().finally(() => (this.#booting = undefined)));
  }

  async #find(): Promise<void> {
    if (this.#hasHint && readHint(this.#browser).session === undefined) {
      this.#findNobody();
      return;
    }
    // Whoever is shown already may be shown by the other tabs as well, and be replaced.
    const mayAsk = this.#transport === 'cookie' && this.#store.signedIn === undefined;
    if (mayAsk && (await this.#tabs.ask())) return;
    // However often a message or a page that comes back gives reason to ask.
    const rest = this.#rest;
    if (rest > 0) await new Promise<void>((resolve) => this.#browser.setTimeout(resolve, rest));
    this.#lastRefreshAt = this.#browser.monotonic();
    const epoch = this.#store.epoch;
    try {
      await this.bringUpToDate();
    } catch (error) {
      if (this.#store.epoch !== epoch) return;
      if ((error as AuthError).endsSession) this.#findNobody();
      else this.#arm();
    }
  }

  /**
   * The access token, renewed first where it has less life left than that; undefined where cookies carry
   * everything. What somebody asked for in one epoch is not sent in the name of the next person.
   */
  async token(minValidityMs = 0, epoch = this.#store.epoch): Promise<string | undefined> {
    const hasToken = this.#store.signedIn !== undefined && this.#transport === 'cookie';
    const isDue = hasToken && (this.#access === undefined || this.#access.life <= minValidityMs);
    // Also where nothing is due: who signs out in the same breath is heard first.
    await (isDue && this.refresh());
    this.#store.demand(epoch);
    return this.#access?.token;
  }

  /**
   * A token of an API's refusal is stale; another one may be here already. One of a later session is
   * none for a request of the one before.
   */
  async renew(refused: string | undefined, epoch: number): Promise<boolean> {
    const isOwn = () => this.#store.epoch === epoch && this.#store.signedIn !== undefined;
    // With cookies alone there was no token, and is none to send it again with.
    const isRenewed = () => isOwn() && this.#access?.token !== refused;
    if (isOwn() && !isRenewed()) {
      await this.bringUpToDate().catch(() => undefined);
    }
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
    const epoch = this.#store.epoch;
    const before = this.#access;
    const hinted = readHint(this.#browser).session;
    this.#lastRefreshAt = this.#browser.monotonic();
    try {
      await this.#refresher.refresh({
        isSettled: () => this.#isRenewedSince(before),
        demand: () => this.#store.demand(epoch),
        commit: (answer) => this.commit(answer, hinted),
      });
    } catch (error) {
      const { status, retryAfterSeconds = 0 } = error as AuthError;
      const grown = status > 0 ? 2 * this.#pause : MIN_REFRESH_INTERVAL_MS;
      this.#pause = Math.min(MAX_PAUSE_MS, Math.max(grown, 1000 * retryAfterSeconds));
      if (this.#store.epoch === epoch) {
        // It was one of the session before, and had no answer for this one.
        if ((error as AuthError).code === 'superseded') return this.refresh();
        this.#failed(error as AuthError);
      }
      throw error;
    }
  }

  /** By a refresh, or without a token by a look at the session. */
  bringUpToDate(): Promise<void> {
    return this.#transport === 'session' ? this.readSession() : this.refresh();
  }

  /** Reads who is signed in and what they may do, without rotating anything. */
  async readSession(): Promise<void> {
    const epoch = this.#store.epoch;
    const hinted = readHint(this.#browser).session;
    try {
      const body = await this.#wire.send('/session', { method: 'GET', token: this.#access?.token });
      if (this.#store.epoch !== epoch) return;
      const answer = sessionAnswerOf(body);
      this.#makeRoomFor(answer.session.id, hinted);
      this.#isUnproven = false;
      this.#show(answer);
    } catch (error) {
      if (this.#store.epoch === epoch) this.#failed(error as AuthError);
      throw error;
    }
  }

  /** What an API answered says that the authority changed: one silent look, however many say so. */
  heard(version: number): void {
    const known = this.#store.signedIn?.authorityVersion;
    if (known === undefined || version <= Math.max(known, this.#heard)) return;
    this.#heard = version;
    // The server that was asked may not have known yet, or be away.
    this.#browser.setTimeout(() => (this.#heard = 0), MIN_REFRESH_INTERVAL_MS);
    this.readSession().catch(() => undefined);
  }

  /** Takes a login's or refresh's answer over, and tells the other tabs. What is older is dropped. */
  commit(answer: SessionAnswer, hinted?: string): void {
    const access = this.#transport === 'cookie' ? accessOf(answer) : undefined;
    this.#makeRoomFor(answer.session.id, hinted);
    this.#isUnproven = false;
    if (access !== undefined) {
      if (this.#isOlder(access, answer)) return;
      if (this.#shareToken) this.#share(access, answer);
    }
    this.#show(answer, access);
  }

  /**
   * A session begins by a sign-in in this tab: whatever is under way for an older one is dropped.
   *
   * @throws AuthError `cookie_rejected` when the browser kept no cookie of the answer
   */
  begin(answer: SessionAnswer): void {
    if (this.#hasHint && readHint(this.#browser).session === undefined)
      throw new AuthError({ code: rejected() });
    const { id } = answer.session;
    // A page that saw the cookie change may be there already.
    if ((this.#store.signedIn?.session.id ?? id) !== id) this.#end('signed_out');
    this.commit(answer);
    this.#isUnproven = true;
    this.#tabs.tell({ kind: 'began', sessionId: id });
  }

  /** A session ends in this tab at once, and in the others as soon as they hear of it. */
  end(reason: AnonymousReason): void {
    const sessionId = this.#store.signedIn?.session.id;
    this.#end(reason);
    this.#tabs.tell({ kind: 'ended', sessionId, reason });
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const stop of this.#stops) stop();
    this.#browser.clearTimeout(this.#timer);
    this.#tabs.close();
  }

  #show(signedIn: SignedIn, access?: SharedAccess): void {
    if (access !== undefined) this.#access = new Access(this.#browser, access);
    this.#pause = MIN_REFRESH_INTERVAL_MS;
    const shown = signedInOf(signedIn, this.#store.signedIn);
    this.#store.set({ status: 'authenticated', ...shown });
    this.#arm();
  }

  #end(reason: AnonymousReason): void {
    const wasSignedIn = this.#store.signedIn !== undefined;
    this.#store.beginEpoch();
    this.#access = undefined;
    this.#browser.clearTimeout(this.#timer);
    this.#store.set({ status: 'anonymous', reason });
    if (wasSignedIn) this.#onEnd(reason);
  }

  /** The cookie is another session's: what this tab holds of the one before, or asks for, ends first. */
  #makeRoomFor(sessionId: string, hinted = readHint(this.#browser).session): void {
    const own = this.#store.signedIn?.session.id;
    if (own === sessionId) return;
    if (own === undefined) this.#store.beginEpoch();
    else this.#end('signed_out_elsewhere');
    // That of the question: by the time of its answer the cookie may name a later session.
    this.#hinted = hinted;
  }

  /** Milliseconds for which nobody asks on our own account. */
  get #rest(): number {
    return this.#lastRefreshAt + this.#pause - this.#browser.monotonic();
  }

  /** What is being found out now may be about the session before. */
  #bootAgain(): void {
    void Promise.resolve(this.#booting).then(() => this.boot());
  }

  /** A page that shows already why nobody is signed in goes on showing it. */
  #findNobody(): void {
    if (this.#store.state.status === 'loading')
      this.#store.set({ status: 'anonymous', reason: 'never' });
  }

  #failed(error: AuthError): void {
    const signedIn = this.#store.signedIn;
    if (signedIn === undefined) return;
    if (error.endsSession) {
      const isRejected = this.#isUnproven && !this.#hasHint && error.code === 'unauthenticated';
      this.end(isRejected ? rejected() : reasonOf(error.code));
      return;
    }
    // As long as the token lives nothing is lost, and nobody need be told.
    if ((this.#access?.life ?? 0) > 0) return;
    this.#store.set({ status: 'stale', error, ...signedInOf(signedIn) });
    this.#arm();
  }

  /**
   * The lock may be free before the token of the tab that held it has arrived here; the cookie of
   * its answer is there already, and tells that it is worth asking.
   */
  async #isRenewedSince(before: Access | undefined): Promise<boolean> {
    // Another tab may hand over the very token that an API refused.
    const isRenewed = () => this.#access?.token !== before?.token && this.#access?.isDue === false;
    const isBehind = before !== undefined && readHint(this.#browser).generation > before.generation;
    if (!isRenewed() && isBehind) await this.#tabs.ask();
    return isRenewed();
  }

  /** A step-up makes no new generation, but a later proof: the token of a refresh it overtook lacks it. */
  #isOlder({ generation }: SharedAccess, { session }: SignedIn): boolean {
    const known = this.#access;
    if (known === undefined) return false;
    if (generation !== known.generation) return generation < known.generation;
    return session.authTime < (this.#store.provenAt ?? '');
  }

  #hear({ kind, sessionId, reason, access, signedIn }: HeardMessage): void {
    const own = this.#store.signedIn?.session.id;
    if (kind === 'ask') this.#answerTab();
    if (kind === 'access' && isShared(access) && isSignedIn(signedIn))
      this.#adopt(access, signedIn);
    if (kind === 'ended') {
      // Where it is not known yet whom the cookie names, it cannot be told which session this is about.
      const isOwn = own !== undefined && (sessionId ?? own) === own;
      if (isOwn || this.#store.state.status === 'loading') this.#end(reasonOf(reason));
    }
    if (kind === 'began' && typeof sessionId === 'string' && sessionId !== own) {
      if (this.#hasHint) this.#compareHint();
      else if (own !== undefined) this.#end('signed_out_elsewhere');
      if (this.#store.signedIn === undefined) this.#store.beginEpoch();
      this.#bootAgain();
    }
  }

  /**
   * A token of another tab counts for the session that this tab has, or while it does not know yet. The
   * cookie knew of it before any script did.
   */
  #adopt(access: SharedAccess, signedIn: SignedIn): void {
    const own = this.#store.signedIn;
    const isWanted =
      own === undefined
        ? this.#store.state.status === 'loading' || this.#tabs.answer !== undefined
        : own.session.id === signedIn.session.id && own.user.id === signedIn.user.id;
    if (this.#transport !== 'cookie' || !isWanted || this.#isOlder(access, signedIn)) return;
    if (this.#hasHint && access.generation > readHint(this.#browser).generation) return;
    this.#makeRoomFor(signedIn.session.id);
    this.#show(signedIn, access);
    this.#tabs.answer?.(true);
  }

  #answerTab(): void {
    // The cookie may be another session's, and no event has said so yet.
    this.#compareHint();
    const signedIn = this.#store.signedIn;
    const access = this.#access;
    if (!this.#shareToken || signedIn === undefined || access === undefined || access.isDue) return;
    this.#share(access, signedIn);
  }

  #share(access: SharedAccess, signedIn: SignedIn): void {
    const { token, generation, life } = access;
    this.#tabs.tell({
      kind: 'access',
      access: { token, generation, life },
      signedIn: signedInOf(signedIn),
    });
  }

  /** The cookie is gone or another one's: somebody signed out or in, perhaps without any script of ours. */
  #compareHint(): void {
    if (!this.#hasHint || this.#store.signedIn === undefined) return;
    const session = readHint(this.#browser).session;
    if (session !== undefined && session === this.#hinted) return;
    this.#end('signed_out_elsewhere');
    this.#bootAgain();
  }

  /** Looks at the clock instead of trusting a timer: after sleep, both have moved. */
  #decide(): void {
    this.#compareHint();
    const { status } = this.#store.state;
    const isUnsettled = status === 'loading' || status === 'stale';
    if (isUnsettled || (status === 'authenticated' && this.#transport === 'cookie')) {
      const mayRefresh = this.#browser.isVisible() && this.#browser.isOnline();
      const isDue = this.#access === undefined || this.#access.isDue;
      if (mayRefresh && isDue && (status === 'loading' || this.#rest <= 0)) {
        void (status === 'loading' ? this.boot() : this.bringUpToDate()).catch(() => undefined);
      }
      if (!this.#browser.isOnline()) this.#failed(new AuthError({ code: 'offline' }));
    }
    this.#arm();
  }

  #arm(): void {
    this.#browser.clearTimeout(this.#timer);
    if (this.#isDisposed) return;
    const untilDue = this.#access?.untilDue ?? TICK_MS;
    const wait = Math.min(TICK_MS, Math.max(untilDue, MIN_REFRESH_INTERVAL_MS / 5));
    this.#timer = this.#browser.setTimeout(() => this.#decide(), wait);
  }
}
