import type { Tx } from './database';

/** What one step of a purge did. */
export interface PurgeStep {
  /** Rows that are gone now. */
  readonly removed: number;
  /** Where the next step goes on; undefined when all has been looked at. */
  readonly next?: string;
}

/**
 * Takes away rows that nobody needs any more, in steps that are small enough to disturb nobody. Each
 * capability knows which of its own these are; when a step is made, `housekeeping/` decides.
 */
export interface Purge {
  /** What the rows are called where an operator reads of it. */
  readonly name: string;
  /**
   * Makes one step, in a transaction with a short time limit. It skips rows that somebody has locked,
   * and may be called again from anywhere: whatever a step left is there for the next.
   *
   * @param from `next` of the step before; undefined begins anew
   */
  step(from: string | undefined, tx: Tx): Promise<PurgeStep>;
}

/** Rows that one step removes at most, or looks at where no index finds those to be removed. */
export const PURGE_STEP_ROWS = 1000;

/** A step that takes the oldest rows: a full one leaves more to be done. */
export function stepOf(removed: number): PurgeStep {
  return removed < PURGE_STEP_ROWS ? { removed } : { removed, next: '' };
}
