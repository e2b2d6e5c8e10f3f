/** Between which waits the attempts of a backoff lie. */
export interface BackoffBounds {
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * Milliseconds before the next attempt: twice as long after each failure, and of that at random from a
 * half to the whole, so that many instances do not come back at one instant.
 */
export function backoffMs(failures: number, { firstMs, lastMs }: BackoffBounds): number {
  const ceiling = Math.min(lastMs, firstMs * 2 ** Math.min(failures, 30));
  return spread(ceiling);
}

/** Of a time, at random from a half to the whole: instances that begin together do not come together. */
export function spread(milliseconds: number): number {
  return milliseconds / 2 + (milliseconds / 2) * jitter();
}

/** From 0 to 1; nothing secret hangs on it. */
function jitter(): number {
  return (performance.now() * 1000) % 1;
}
