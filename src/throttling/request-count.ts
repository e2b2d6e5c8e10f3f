import type { ThrottlerStorage } from '@nestjs/throttler';

/** What `@nestjs/throttler` wants to know after each request. */
export type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** How many requests of a window were counted. */
export interface RequestCount {
  readonly hits: number;
  readonly isBlocked: boolean;
  /** Until the window, or the block, ends. */
  readonly leftMs: number;
}

/** In whole seconds, and never zero while the window is open. */
export function recordOf({ hits, isBlocked, leftMs }: RequestCount): ThrottlerStorageRecord {
  const secondsLeft = Math.max(1, Math.ceil(leftMs / 1000));
  return {
    totalHits: hits,
    timeToExpire: secondsLeft,
    isBlocked,
    timeToBlockExpire: isBlocked ? secondsLeft : 0,
  };
}
