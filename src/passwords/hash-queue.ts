import { AuthError } from '../errors/auth-error';

/** Whose turn a hash takes. */
export interface HashPlace {
  /** The network source, as the throttle counts it; for authenticated requests rather the account. */
  readonly source: string;
  /** `known` for known devices and authenticated step-up: a share of the queue is kept for them. */
  readonly priority: 'known' | 'unknown';
}

export interface HashQueueLimits {
  /** How many run at once. */
  readonly threads: number;
  /** How many may wait, in all. */
  readonly limit: number;
  /** How many of one source and priority may wait. */
  readonly limitPerSource: number;
  readonly waitSeconds: number;
}

interface Waiting {
  readonly key: string;
  readonly priority: HashPlace['priority'];
  readonly timer: NodeJS.Timeout;
  readonly start: () => void;
  readonly refuse: () => void;
}

/** A quarter of the places: strangers who fill the rest cannot keep the owners out. */
const RESERVED_SHARE = 1 / 4;
/** Strangers get every fourth turn even while known devices wait, so that neither starves. */
const KNOWN_IN_A_ROW = 3;

/**
 * A bounded and fair queue in front of the hashing threads (controls LG-16, FS-5). What finds no
 * place, or waits too long, is refused at once instead of making everybody wait.
 */
export class HashQueue {
  readonly #limits: HashQueueLimits;
  readonly #waiting = { known: new Set<Waiting>(), unknown: new Set<Waiting>() };
  readonly #perSource = new Map<string, number>();
  #running = 0;
  #knownInARow = 0;
  #typicalMs = 0;

  constructor(limits: HashQueueLimits) {
    this.#limits = limits;
  }

  get waiting(): number {
    return this.#waiting.known.size + this.#waiting.unknown.size;
  }

  /** How long one piece of work takes; it becomes the `Retry-After` of those refused. */
  expect(typicalMs: number): void {
    this.#typicalMs = typicalMs;
  }

  /**
   * Runs work when it is its turn.
   *
   * @throws AuthError `overloaded`, with `retryAfterSeconds`, when no place is left or the wait is over
   */
  async run<Result>(place: HashPlace, work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.#limits.threads) this.#running += 1;
    else await this.#turn(place);
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  /** Refuses everything that waits. */
  close(): void {
    for (const one of [...this.#waiting.known, ...this.#waiting.unknown]) one.refuse();
  }

  #turn({ source, priority }: HashPlace): Promise<void> {
    const key = `${priority} ${source}`;
    const ofSource = this.#perSource.get(key) ?? 0;
    if (ofSource >= this.#limits.limitPerSource || !this.#hasPlace(priority)) {
      return Promise.reject(this.#overloaded());
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(one.timer);
        this.#waiting[priority].delete(one);
        const left = (this.#perSource.get(key) ?? 1) - 1;
        if (left === 0) this.#perSource.delete(key);
        else this.#perSource.set(key, left);
      };
      const refuse = () => {
        leave();
        reject(this.#overloaded());
      };
      const start = () => {
        leave();
        resolve();
      };
      const timer = setTimeout(refuse, this.#limits.waitSeconds * 1000);
      const one: Waiting = { key, priority, timer, start, refuse };
      this.#waiting[priority].add(one);
      this.#perSource.set(key, ofSource + 1);
    });
  }

  #hasPlace(priority: HashPlace['priority']): boolean {
    const { limit } = this.#limits;
    if (this.waiting >= limit) return false;
    const forStrangers = limit - Math.floor(limit * RESERVED_SHARE);
    return priority === 'known' || this.#waiting.unknown.size < forStrangers;
  }

  /** The thread that became free goes to the next in line without being counted down in between. */
  #passOn(): void {
    const next = this.#next();
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#knownInARow = next.priority === 'known' ? this.#knownInARow + 1 : 0;
    next.start();
  }

  #next(): Waiting | undefined {
    const [known] = this.#waiting.known;
    const [unknown] = this.#waiting.unknown;
    const turnOfStrangers = this.#knownInARow >= KNOWN_IN_A_ROW;
    return turnOfStrangers ? (unknown ?? known) : (known ?? unknown);
  }

  #overloaded(): AuthError {
    const ahead = this.waiting + this.#running;
    const drainSeconds = (ahead * this.#typicalMs) / this.#limits.threads / 1000;
    return new AuthError('overloaded', { retryAfterSeconds: Math.max(1, Math.ceil(drainSeconds)) });
  }
}
