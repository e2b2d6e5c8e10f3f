import { randomInt } from 'node:crypto';

/** Random numbers that a second run can repeat: the seed is printed, and `FAULTS_SEED` sets it. */
export class Seeded {
  readonly seed: number;
  #state: number;

  constructor(what: string) {
    this.seed = Number(process.env['FAULTS_SEED'] ?? randomInt(2 ** 31));
    this.#state = this.seed;
    process.stderr.write(`${what}: FAULTS_SEED=${this.seed}\n`);
  }

  /** From 0 to below 1 (mulberry32, which is plenty for choosing moments). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 to below a bound. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }
}
