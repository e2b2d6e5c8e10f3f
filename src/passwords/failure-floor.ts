/** Room for what one hash takes longer than another, so that every failure ends at the floor itself. */
const MARGIN = 1.5;
/** Weight of the latest hash in the moving average. */
const LATEST = 0.2;

/**
 * The time before which no failed verification is answered (control LG-1): it makes a hash of a lower
 * cost, a foreign hash and a missing account look like a full one. It starts from a measurement at
 * boot and follows the hashes when a busy server makes them slower.
 */
export class FailureFloor {
  #measuredMs = 0;
  #recentMs = 0;

  constructor(private readonly monotonicMs: () => number) {}

  /** Milliseconds from the start of a hash to the answer. */
  get floorMs(): number {
    return MARGIN * Math.max(this.#measuredMs, this.#recentMs);
  }

  /** What a hash of full cost took at boot. */
  measured(tookMs: number): void {
    this.#measuredMs = tookMs;
    this.#recentMs = tookMs;
  }

  /** What a hash of full cost took just now. */
  observed(tookMs: number): void {
    this.#recentMs += LATEST * (tookMs - this.#recentMs);
  }

  /** Waits for what is left of the floor. */
  async rest(startedMs: number): Promise<void> {
    const leftMs = startedMs + this.floorMs - this.monotonicMs();
    if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
  }
}
