import { backoffMs } from '../clock/backoff';
import type { Clock } from '../clock/clock';

/** What a circuit stands in front of. */
export interface CircuitTarget {
  /** Resolves when the target works again. Called while the circuit is open, and never by a request. */
  probe(): Promise<unknown>;
  onOpen(cause: Error): void;
  onClose(): void;
}

/** One failure may be a hiccup; this many, one after the other, are none. */
export const FAILURES_THAT_OPEN = 3;

const PROBES = { firstMs: 250, lastMs: 5000 };

/**
 * Keeps requests away from a target that fails: after a few failures in a row nobody asks it any more,
 * until a probe in the background finds that it works again.
 */
export class Circuit {
  #failures = 0;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #probes = 0;
  #isOpen = false;
  #isStopped = false;
  #timer?: NodeJS.Timeout;

  constructor(
    private readonly clock: Clock,
    private readonly target: CircuitTarget,
  ) {}

  /** Whether the target may be asked. */
  get isClosed(): boolean {
    return !this.#isOpen;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Requests that were under way together fail of one cause, and count as one. */
  failed(cause: Error, askedAtMs: number): void {
    if (askedAtMs < this.#failedAtMs) return;
    this.#failedAtMs = this.clock.monotonic();
    this.#failures += 1;
    if (this.#failures >= FAILURES_THAT_OPEN) this.open(cause);
  }

  /** Opens at once, because the target is known to be away. */
  open(cause: Error): void {
    if (this.#isOpen || this.#isStopped) return;
    this.#isOpen = true;
    this.#probes = 0;
    this.target.onOpen(cause);
    this.#probeLater();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #probeLater(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#probe(), backoffMs(this.#probes, PROBES));
    this.#timer.unref();
    this.#probes += 1;
  }

  async #probe(): Promise<void> {
    try {
      await this.target.probe();
    } catch {
      this.#probeLater();
      return;
    }
    if (this.#isStopped) return;
    this.#failures = 0;
    this.#isOpen = false;
    this.target.onClose();
  }
}
