import { Refusal } from './fake-answers.js';
import type { VirtualClock } from './virtual-clock.js';

const FREE_FAILURES = 5;
const LONGEST_WAIT_SECONDS = 900;

interface Count {
  failures: number;
  nextAt: number;
}

/** Guesses of passwords, bounded as the server's defaults bound them: five are free, then each wait doubles. */
export class FakeGuesses {
  readonly #counts = new Map<string, Count>();

  constructor(private readonly clock: VirtualClock) {}

  /**
   * Charges a guess, and gives it back where it is right.
   *
   * @throws Refusal `throttled`, without a look at the password, and `invalid_credentials`
   */
  check(identifier: string, isRight: boolean): void {
    const count = this.#counts.get(identifier) ?? { failures: 0, nextAt: 0 };
    const now = this.clock.now();
    if (now < count.nextAt) {
      const seconds = Math.ceil((count.nextAt - now) / 1000);
      throw new Refusal(429, 'throttled', { 'retry-after': String(seconds) });
    }
    if (isRight) {
      this.#counts.delete(identifier);
      return;
    }
    const failures = count.failures + 1;
    this.#counts.set(identifier, { failures, nextAt: now + waitSeconds(failures) * 1000 });
    throw new Refusal(401, 'invalid_credentials');
  }
}

function waitSeconds(failures: number): number {
  if (failures <= FREE_FAILURES) return 0;
  return Math.min(LONGEST_WAIT_SECONDS, 2 ** (failures - FREE_FAILURES - 1));
}
