import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import { isAuthError, translateDatabaseError } from '@portcullis/nest';

const FIRST_WAIT_MILLISECONDS = 500;
const LONGEST_WAIT_MILLISECONDS = 5000;

/** What is tried, and for how long. */
export interface Patience {
  readonly start: () => Promise<void>;
  /** Takes back what a failed start left, before the next one. */
  readonly undo: () => Promise<void>;
  readonly limitSeconds: number;
  readonly logger: LoggerService;
}

/**
 * Starts, and starts again while the database is away or full: it may come up after its clients do, and
 * an instance that ends because of it would only be started again by somebody else.
 *
 * @throws whatever else stops a start, at once, and the last failure once the limit has passed
 */
export async function startPatiently({
  start,
  undo,
  limitSeconds,
  logger,
}: Patience): Promise<void> {
  const deadline = performance.now() + limitSeconds * 1000;
  for (let failures = 0; ; failures += 1) {
    try {
      await start();
      return;
    } catch (error) {
      const wait = waitAfter(failures);
      if (!isOutage(error) || performance.now() + wait > deadline) throw error;
      const reason = (error as { message?: string }).message ?? String(error);
      logger.warn(`The database is away (${reason}); trying again in ${Math.ceil(wait / 1000)} s.`);
      await undo();
      await sleep(wait);
    }
  }
}

/** Twice as long after each failure, and half of it at random: instances that fail together come apart. */
function waitAfter(failures: number): number {
  const ceiling = Math.min(LONGEST_WAIT_MILLISECONDS, FIRST_WAIT_MILLISECONDS * 2 ** failures);
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

function isOutage(error: unknown): boolean {
  const translated = translateDatabaseError(error);
  return isAuthError(translated) && translated.code === 'database_unavailable';
}
