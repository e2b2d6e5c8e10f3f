import { AuthError } from './auth-error.js';
import type { Browser } from './browser.js';
import { sessionAnswerOf, type SessionAnswer, type Wire } from './wire.js';

/** For how long a tab waits for another one that refreshes. A script that never lets go must not stop us. */
const LOCK_TIMEOUT_MS = 8000;
const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;
/** All attempts of one refresh together; later ones belong to the next. */
const PATIENCE_MS = 10_000;

/** What a refresh needs to know of the tab that asks for it. */
export interface RefreshContext {
  /** Whether what was wanted has come about while this tab waited, in another tab. */
  isSettled(): Promise<boolean>;
  /** @throws AuthError `superseded` when the session that this refresh is for has ended meanwhile */
  demand(): void;
  commit(answer: SessionAnswer): void;
}

/** Exchanges the refresh cookie for a new access token, once for all who wait. */
export class Refresher {
  readonly #browser: Browser;
  readonly #wire: Wire;
  readonly #lockName: string;
  #flight: Promise<void> | undefined;

  constructor(browser: Browser, wire: Wire, lockName: string) {
    this.#browser = browser;
    this.#wire = wire;
    this.#lockName = lockName;
  }

  /** Whoever calls while a refresh is under way gets the same one. */
  refresh(context: RefreshContext): Promise<void> {
    this.#flight ??= this.#alone(() => this.#exchange(context)).finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  /**
   * One tab at a time, for the time of the request only: a page that holds a lock is not frozen. The
   * lock is never stolen. Where none is to be had the server's grace lets concurrent refreshes converge.
   */
  async #alone(work: () => Promise<void>): Promise<void> {
    const browser = this.#browser;
    const aborter = new AbortController();
    const timer = browser.setTimeout(() => aborter.abort(), LOCK_TIMEOUT_MS);
    let flight: Promise<void> | undefined;
    const begin = () => {
      browser.clearTimeout(timer);
      return (flight ??= work());
    };
    await browser.locks
      ?.request(this.#lockName, { signal: aborter.signal }, begin)
      .catch(() => undefined);
    return begin();
  }

  async #exchange(context: RefreshContext): Promise<void> {
    context.demand();
    if (await context.isSettled()) return;
    const body = await this.#send();
    // Signed out, or signed in again, while the answer was on its way: it belongs to nobody.
    context.demand();
    context.commit(sessionAnswerOf(body));
  }

  /** The same attempt id on every retry, so that a lost answer is given again instead of alarming. */
  async #send(): Promise<unknown> {
    const browser = this.#browser;
    const attempt = browser.uuid();
    const deadline = browser.monotonic() + PATIENCE_MS;
    for (let count = 1; ; count += 1) {
      if (!browser.isOnline()) throw new AuthError({ code: 'offline' });
      try {
        return await this.#wire.send('/refresh', {
          keepalive: true,
          headers: {
            'x-auth-attempt': attempt,
            'x-auth-activity': browser.hasFocus() ? 'foreground' : 'background',
          },
        });
      } catch (error) {
        const { retryable, retryAfterSeconds } = error as AuthError;
        const ownPause = FIRST_PAUSE_MS * 2 ** (count - 1) * browser.random();
        const pause = retryAfterSeconds === undefined ? ownPause : retryAfterSeconds * 1000;
        const isTooLate = count >= MAX_ATTEMPTS || browser.monotonic() + pause > deadline;
        if (!retryable || isTooLate) throw error;
        await new Promise<void>((resolve) => browser.setTimeout(resolve, pause));
      }
    }
  }
}
