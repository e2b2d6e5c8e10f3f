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
  /** Whether the session that this refresh is for has ended meanwhile. */
  isSuperseded(): boolean;
  commit(answer: SessionAnswer): void;
}

/** Exchanges the refresh cookie for a new access token, once for all who wait. */
export class Refresher {
  #flight: Promise<void> | undefined;

  constructor(
    private readonly browser: Browser,
    private readonly wire: Wire,
    private readonly lockName: string,
  ) {}

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
    const { locks } = this.browser;
    if (locks === undefined) return work();
    const aborter = new AbortController();
    const timer = this.browser.setTimeout(() => aborter.abort(), LOCK_TIMEOUT_MS);
    const turn: { flight?: Promise<void> } = {};
    try {
      await locks.request(this.lockName, { signal: aborter.signal }, () => {
        this.browser.clearTimeout(timer);
        return (turn.flight = work());
      });
    } catch (error) {
      if (turn.flight !== undefined) throw error;
      await work();
    } finally {
      this.browser.clearTimeout(timer);
    }
  }

  async #exchange(context: RefreshContext): Promise<void> {
    if (context.isSuperseded()) throw new AuthError({ code: 'superseded' });
    if (await context.isSettled()) return;
    const body = await this.#send();
    // Signed out, or signed in again, while the answer was on its way: it belongs to nobody.
    if (context.isSuperseded()) throw new AuthError({ code: 'superseded' });
    context.commit(sessionAnswerOf(body));
  }

  /** The same attempt id on every retry, so that a lost answer is given again instead of alarming. */
  async #send(): Promise<unknown> {
    const attempt = this.browser.uuid();
    const deadline = this.browser.monotonic() + PATIENCE_MS;
    for (let count = 1; ; count += 1) {
      if (!this.browser.isOnline()) throw new AuthError({ code: 'offline' });
      try {
        return await this.wire.send('/refresh', {
          keepalive: true,
          headers: {
            'x-auth-attempt': attempt,
            'x-auth-activity': this.browser.hasFocus() ? 'foreground' : 'background',
          },
        });
      } catch (error) {
        const pause = this.#pauseBefore(error as AuthError, count);
        if (pause === undefined || this.browser.monotonic() + pause > deadline) throw error;
        await new Promise<void>((resolve) => this.browser.setTimeout(resolve, pause));
      }
    }
  }

  #pauseBefore({ retryable, retryAfterSeconds }: AuthError, count: number): number | undefined {
    if (!retryable || count >= MAX_ATTEMPTS) return undefined;
    if (retryAfterSeconds !== undefined) return retryAfterSeconds * 1000;
    return FIRST_PAUSE_MS * 2 ** (count - 1) * this.browser.random();
  }
}
