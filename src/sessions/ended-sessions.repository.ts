import { Inject, Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { firstIdOf } from '../database/identifiers';
import { Parameters } from '../database/parameters';
import { PURGE_STEP_ROWS, type PurgeStep } from '../database/purge';
import { ResolvedAuthOptions } from '../options/auth-options';

/** Below every id. */
const BEGINNING = firstIdOf(0);

@Injectable()
export class EndedSessionsRepository {
  constructor(
    private readonly database: Database,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /**
   * Walks along the primary key. No index tells which sessions are idle, because it would make every
   * rotation write to it. Whether a session has ended is asked again of the locked row.
   */
  async removeFrom(from: string | undefined, tx: Tx): Promise<PurgeStep> {
    const { sessions } = this.database.tables;
    const p = new Parameters();
    const retention = `${this.options.housekeeping.endedSessionDays} days`;
    const [row] = await this.database.query<{ removed: number; next: string | null }>(
      `WITH looked AS MATERIALIZED (
        SELECT id FROM ${sessions} WHERE id > ${p.add(from ?? BEGINNING, 'uuid')}
        ORDER BY id LIMIT ${PURGE_STEP_ROWS}
      ), ended AS MATERIALIZED (
        SELECT id FROM ${sessions} s WHERE id IN (SELECT id FROM looked)
          AND LEAST(s.revoked_at, s.idle_expires_at, s.absolute_expires_at)
            < now() - ${p.add(retention, 'interval')}
        FOR UPDATE SKIP LOCKED
      ), gone AS (
        DELETE FROM ${sessions} WHERE id IN (SELECT id FROM ended) RETURNING 1
      )
      SELECT (SELECT count(*) FROM gone)::integer AS removed,
        (SELECT id FROM looked ORDER BY id OFFSET ${PURGE_STEP_ROWS - 1}) AS next`,
      p.values,
      tx,
    );
    return { removed: row?.removed ?? 0, next: row?.next ?? undefined };
  }
}
