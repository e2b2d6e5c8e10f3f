import { Clock } from '../../src/clock/clock';

/** A clock that stands still until a test moves it. */
export class FakeClock extends Clock {
  #now: number;
  #monotonic = 1_000_000;

  constructor(now = Date.UTC(2026, 0, 1)) {
    super();
    this.#now = now;
  }

  override now(): number {
    return this.#now;
  }

  override monotonic(): number {
    return this.#monotonic;
  }

  /** Lets time pass on both scales. */
  advanceSeconds(seconds: number): void {
    this.#now += seconds * 1000;
    this.#monotonic += seconds * 1000;
  }
}
