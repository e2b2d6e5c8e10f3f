import { randomInt } from 'node:crypto';

/** Random numbers that a second run can repeat: the seed is printed, and a variable sets it. */
export class Seeded {
  readonly seed: number;
  #state: number;

  constructor(what: string, variable = 'FAULTS_SEED') {
    this.seed = Number(process.env[variable] ?? randomInt(2 ** 31));
    this.#state = this.seed;
    process.stderr.write(`${what}: ${variable}=${this.seed}\n`);
  }

  /** From 0 to below 1 (mulberry32, which is plenty for choosing moments). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** One of several. */
  of<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** A whole number from 0 to below a bound. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }
}
