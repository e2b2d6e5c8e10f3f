interface Timer {
  readonly id: number;
  readonly at: number;
  readonly work: () => void;
}

/** Enough turns of the microtask queue for whatever was resolved to go on. */
const TURNS = 50;

/** Time that passes only when a test lets it. */
export class VirtualClock {
  #elapsed = 0;
  #wallOffset: number;
  #nextId = 1;
  readonly #timers = new Map<number, Timer>();

  /** @param startsAt milliseconds since the epoch */
  constructor(startsAt = Date.UTC(2026, 0, 1)) {
    this.#wallOffset = startsAt;
  }

  now(): number {
    return this.#wallOffset + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  /** Somebody sets the clock of the machine. */
  setWallClock(byMilliseconds: number): void {
    this.#wallOffset += byMilliseconds;
  }

  setTimeout(work: () => void, milliseconds: number): number {
    const id = this.#nextId++;
    this.#timers.set(id, { id, at: this.#elapsed + Math.max(0, milliseconds), work });
    return id;
  }

  clearTimeout(id: unknown): void {
    this.#timers.delete(id as number);
  }

  /** Lets time pass and runs what falls due, in order. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#elapsed + milliseconds;
    await settle();
    for (let next = this.#nextBefore(until); next !== undefined; next = this.#nextBefore(until)) {
      this.#timers.delete(next.id);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.work();
      await settle();
    }
    this.#elapsed = until;
    await settle();
  }

  /** The laptop sleeps: time passes and nothing runs, then everything that is due at once. */
  async sleep(milliseconds: number): Promise<void> {
    this.#elapsed += milliseconds;
    await this.advance(0);
  }

  #nextBefore(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }
}

/** Lets promises that are resolved go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve();
}
