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
  readonly #browser: Browser;
  readonly #wallDeadline: number;
  readonly #monotonicDeadline: number;
  readonly #margin: number;

  /** The lifetime counts from the receipt, so that a wrong clock of the person changes nothing. */
  constructor(browser: Browser, { token, generation, life }: SharedAccess) {
    this.#browser = browser;
    this.token = token;
    this.generation = generation;
    const lifetime = Math.max(MIN_LIFETIME_MS, life);
    this.#wallDeadline = browser.now() + lifetime;
    this.#monotonicDeadline = browser.monotonic() + lifetime;
    // It is renewed in the last fifth of its life, spread so that tabs do not meet.
    this.#margin = Math.min(MAX_MARGIN_MS, lifetime / 5) * (0.8 + 0.4 * browser.random());
  }

  /**
   * Milliseconds of life left. The wall clock also passes in sleep and the other one is set by nobody,
   * so the one that says less is believed.
   */
  get life(): number {
    return Math.min(
      this.#wallDeadline - this.#browser.now(),
      this.#monotonicDeadline - this.#browser.monotonic(),
    );
  }

  /** Milliseconds until it is renewed. */
  get untilDue(): number {
    return this.life - this.#margin;
  }

  get isDue(): boolean {
    return this.untilDue <= 0;
  }
}

/** An access token on its way: from the server, or to another tab of the same origin. */
export interface SharedAccess {
  readonly token: string;
  readonly generation: number;
  readonly life: number;
}

/** Whether something can be an access token that lives. */
export function isShared(given: unknown): given is SharedAccess {
  const { token, generation, life } = Object(given) as Record<string, unknown>;
  return (
    typeof token === 'string' &&
    TOKEN.test(token) &&
    Number.isSafeInteger(generation) &&
    (life as number) > 0
  );
}
