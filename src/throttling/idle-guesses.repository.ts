import { Inject, Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { Parameters } from '../database/parameters';
import { PURGE_STEP_ROWS, type PurgeStep } from '../database/purge';
import { ResolvedAuthOptions } from '../options/auth-options';

/**
 * Days after which failures that never cost a wait are forgotten. The most that an option may set free
 * is 20: whoever stays below it and waits has 80 guesses a year, fewer than the cap lets through.
 */
export const FORGOTTEN_AFTER_DAYS = 90;

/** The least of all lanes, so that a walk begins before every row of a key. */
const BEFORE_EVERY_LANE = '';

@Injectable()
export class IdleGuessesRepository {
  constructor(
    private readonly database: Database,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /**
   * Walks along the primary key. The counter of a source counts no more once its window has ended. That
   * of an identifier has no end, or a patient attacker would outlive the cap: one that is closed, that
   * waits or that has ever cost a wait stays until a success or an administrator clears it.
   */
  async removeFrom(from: string | undefined, tx: Tx): Promise<PurgeStep> {
    const { guesses } = this.database.tables;
    const p = new Parameters();
    const [key = '', lane = BEFORE_EVERY_LANE] = (from ?? '').split('.');
    const [row] = await this.database.query<{ removed: number; next: string | null }>(
      `WITH looked AS MATERIALIZED (
        SELECT key, lane FROM ${guesses}
        WHERE (key, lane) > (${p.add(Buffer.from(key, 'hex'), 'bytea')}, ${p.add(lane, 'text')})
        ORDER BY key, lane LIMIT ${PURGE_STEP_ROWS}
      ), idle AS MATERIALIZED (
        SELECT key, lane FROM ${guesses} g WHERE (key, lane) IN (SELECT key, lane FROM looked)
          AND (g.lane = 'source' AND g.window_ends_at <= now()
            OR g.lane <> 'source' AND g.next_at <= now()
              AND g.failures <= ${p.add(this.options.guessing.freeFailures, 'integer')}
              AND g.updated_at < now() - ${p.add(`${FORGOTTEN_AFTER_DAYS} days`, 'interval')})
        FOR UPDATE SKIP LOCKED
      ), gone AS (
        DELETE FROM ${guesses} WHERE (key, lane) IN (SELECT key, lane FROM idle) RETURNING 1
      )
      SELECT (SELECT count(*) FROM gone)::integer AS removed,
        (SELECT encode(key, 'hex') || '.' || lane FROM looked
          ORDER BY key, lane OFFSET ${PURGE_STEP_ROWS - 1}) AS next`,
      p.values,
      tx,
    );
    return { removed: row?.removed ?? 0, next: row?.next ?? undefined };
  }
}
