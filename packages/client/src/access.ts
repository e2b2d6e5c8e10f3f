import type { Browser } from './browser.js';
import type { SessionAnswer } from './wire.js';

const MAX_MARGIN_MS = 60_000;

/** An access token in memory, with what orders and bounds it. It is no part of the state. */
export class Access {
  readonly #wallDeadline: number;
  readonly #monotonicDeadline: number;
  readonly #lifetime: number;
  readonly #spread: number;

  private constructor(
    private readonly browser: Browser,
    readonly token: string,
    readonly sessionId: string,
    /** Rises with each rotation of the family. */
    readonly generation: number,
    secondsLeft: number,
  ) {
    this.#lifetime = secondsLeft * 1000;
    this.#wallDeadline = browser.now() + this.#lifetime;
    this.#monotonicDeadline = browser.monotonic() + this.#lifetime;
    this.#spread = browser.random();
  }

  /** The lifetime counts from the receipt, so that a wrong clock of the person changes nothing. */
  static of(browser: Browser, answer: SessionAnswer): Access {
    const { access_token = '', expires_in = 0, session } = answer;
    return new Access(browser, access_token, session.id, session.generation, expires_in);
  }

  /** What another tab got earlier and has this many milliseconds left. */
  static shared(browser: Browser, shared: SharedAccess): Access {
    const { token, sessionId, generation, millisecondsLeft } = shared;
    return new Access(browser, token, sessionId, generation, millisecondsLeft / 1000);
  }

  /**
   * Milliseconds of life left. The wall clock also passes in sleep and the other one is set by nobody,
   * so the one that says less is believed.
   */
  get millisecondsLeft(): number {
    return Math.min(
      this.#wallDeadline - this.browser.now(),
      this.#monotonicDeadline - this.browser.monotonic(),
    );
  }

  /** It is renewed in the last fifth of its life, spread so that tabs do not meet. */
  get millisecondsUntilDue(): number {
    const margin = Math.min(MAX_MARGIN_MS, this.#lifetime / 5);
    return this.millisecondsLeft - margin * (0.8 + 0.4 * this.#spread);
  }

  get isDue(): boolean {
    return this.millisecondsUntilDue <= 0;
  }

  share(): SharedAccess {
    const { token, sessionId, generation, millisecondsLeft } = this;
    return { token, sessionId, generation, millisecondsLeft };
  }
}

/** An access token on its way to another tab of the same origin. */
export interface SharedAccess {
  readonly token: string;
  readonly sessionId: string;
  readonly generation: number;
  readonly millisecondsLeft: number;
}
