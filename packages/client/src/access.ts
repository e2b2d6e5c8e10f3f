import type { Browser } from './browser.js';

const MAX_MARGIN_MS = 60_000;
/** Whatever life an answer speaks of, nobody asks for the next token sooner. */
const MIN_LIFETIME_MS = 5000;
/** RFC 6750 §2.1. */
const TOKEN = /^[\w.~+/-]+=*$/;

/** An access token in memory, with what orders and bounds it. It is no part of the state. */
export class Access {
  readonly token: string;
  /** Rises with each rotation of the family. */
  readonly generation: number;
  readonly #wallDeadline: number;
  readonly #monotonicDeadline: number;
  readonly #lifetime: number;
  readonly #spread: number;

  /** The lifetime counts from the receipt, so that a wrong clock of the person changes nothing. */
  constructor(
    private readonly browser: Browser,
    { token, generation, millisecondsLeft }: SharedAccess,
  ) {
    this.token = token;
    this.generation = generation;
    this.#lifetime = Math.max(MIN_LIFETIME_MS, millisecondsLeft);
    this.#wallDeadline = browser.now() + this.#lifetime;
    this.#monotonicDeadline = browser.monotonic() + this.#lifetime;
    this.#spread = browser.random();
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
    const { token, generation, millisecondsLeft } = this;
    return { token, generation, millisecondsLeft };
  }
}

/** An access token on its way: from the server, or to another tab of the same origin. */
export interface SharedAccess {
  readonly token: string;
  readonly generation: number;
  readonly millisecondsLeft: number;
}

/** Whether something can be an access token that lives. */
export function isShared(given: unknown): given is SharedAccess {
  const { token, generation, millisecondsLeft } = Object(given) as Record<string, unknown>;
  return (
    typeof token === 'string' &&
    TOKEN.test(token) &&
    Number.isSafeInteger(generation) &&
    typeof millisecondsLeft === 'number' &&
    millisecondsLeft > 0
  );
}
