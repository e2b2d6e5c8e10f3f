import { Injectable, Logger } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { Clock } from '../clock/clock';
import { recordOf, type RequestCount, type ThrottlerStorageRecord } from './request-count';

interface Count {
  hits: number;
  blocked: boolean;
  endsAtMs: number;
}

/** How many keys are counted at once; about 20 MB. */
export const MAX_THROTTLED_KEYS = 100_000;

const WARNING_INTERVAL_MS = 60_000;

/** Ended counts removed with each new one: more than come in, so that a flood is forgotten again. */
const REMOVED_PER_NEW_KEY = 2;

/**
 * Counts requests in the memory of this instance, in fixed windows.
 *
 * The storage that `@nestjs/throttler` ships keeps a time per request and every key for a minute or
 * more without a bound, which lets an attacker with many addresses choose how much memory it takes
 * (CWE-770). Here a key costs one small record, and beyond the bound the record that would end first
 * goes: whoever commands that many sources gains no more from it than from using one more source.
 */
@Injectable()
export class MemoryThrottlerStorage implements ThrottlerStorage {
  readonly #logger = new Logger(MemoryThrottlerStorage.name);
  /** In the order in which the windows were opened, and so, for equal windows, end. */
  readonly #counts = new Map<string, Count>();
  #warnedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  /** How many keys are held at the moment. */
  get size(): number {
    return this.#counts.size;
  }

  increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
  ): Promise<ThrottlerStorageRecord> {
    const nowMs = this.clock.monotonic();
    const known = this.#counts.get(key);
    const count =
      known !== undefined && known.endsAtMs > nowMs ? known : this.#open(key, nowMs, ttl);
    if (!count.blocked) {
      count.hits += 1;
      if (count.hits > limit)
        this.#block(key, count, Math.max(count.endsAtMs, nowMs + blockDuration));
    }
    return Promise.resolve(recordAt(nowMs, count));
  }

  /**
   * Takes over what all instances together counted, so that this one goes on from there when it has to
   * count alone.
   *
   * @param askedAtMs when the count was asked for: a window must not end here later than it does there
   * @returns undefined, and nothing changed, where this instance knows of as many requests in a window
   *   that is still open: the other place has forgotten some
   */
  adopt(
    key: string,
    { hits, isBlocked, leftMs }: RequestCount,
    askedAtMs: number,
  ): ThrottlerStorageRecord | undefined {
    const nowMs = this.clock.monotonic();
    const known = this.#counts.get(key);
    const isOpen = known !== undefined && known.endsAtMs > nowMs;
    if (isOpen && (known.hits >= hits || known.blocked) && !isBlocked) return undefined;
    const count = isOpen ? known : this.#open(key, nowMs, leftMs);
    count.hits = hits;
    count.endsAtMs = askedAtMs + leftMs;
    if (isBlocked) this.#block(key, count, count.endsAtMs);
    return recordAt(nowMs, count);
  }

  #open(key: string, nowMs: number, ttlMs: number): Count {
    this.#counts.delete(key);
    this.#removeEnded(nowMs);
    if (this.#counts.size >= MAX_THROTTLED_KEYS) this.#removeOldest(nowMs);
    const count: Count = { hits: 0, blocked: false, endsAtMs: nowMs + ttlMs };
    this.#counts.set(key, count);
    return count;
  }

  #block(key: string, count: Count, endsAtMs: number): void {
    count.blocked = true;
    count.endsAtMs = endsAtMs;
    this.#counts.delete(key);
    this.#counts.set(key, count);
  }

  #removeEnded(nowMs: number): void {
    let left = REMOVED_PER_NEW_KEY;
    for (const [key, count] of this.#counts) {
      if (left === 0 || count.endsAtMs > nowMs) return;
      this.#counts.delete(key);
      left -= 1;
    }
  }

  #removeOldest(nowMs: number): void {
    for (const key of this.#counts.keys()) {
      this.#counts.delete(key);
      break;
    }
    if (nowMs - this.#warnedAtMs < WARNING_INTERVAL_MS) return;
    this.#warnedAtMs = nowMs;
    this.#logger.warn(
      `More than ${MAX_THROTTLED_KEYS} sources sent requests at once; the oldest counts are dropped.`,
    );
  }
}

function recordAt(nowMs: number, { hits, blocked, endsAtMs }: Count): ThrottlerStorageRecord {
  return recordOf({ hits, isBlocked: blocked, leftMs: endsAtMs - nowMs });
}
