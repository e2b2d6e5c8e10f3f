import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { firstIdOf } from '../database/identifiers';
import { Parameters, seconds } from '../database/parameters';
import { PURGE_STEP_ROWS, type PurgeStep } from '../database/purge';

/** Below every account. */
const BEGINNING = firstIdOf(0);

@Injectable()
export class PastWindowsRepository {
  constructor(private readonly database: Database) {}

  /** Walks along the primary key: no index is worth its writes for rows that are one an account. */
  async removeFrom(from: string | undefined, olderThanSeconds: number, tx: Tx): Promise<PurgeStep> {
    const { deliveryWindows } = this.database.tables;
    const p = new Parameters();
    const [account = BEGINNING, kind = ''] = from?.split('.') ?? [];
    const after = `(${p.add(account, 'uuid')}, ${p.add(kind, 'text')})`;
    const [row] = await this.database.query<{ removed: number; next: string | null }>(
      `WITH looked AS MATERIALIZED (
        SELECT account_id, kind FROM ${deliveryWindows} WHERE (account_id, kind) > ${after}
        ORDER BY account_id, kind LIMIT ${PURGE_STEP_ROWS}
      ), past AS MATERIALIZED (
        SELECT account_id, kind FROM ${deliveryWindows}
        WHERE (account_id, kind) IN (SELECT account_id, kind FROM looked)
          AND opened_at < now() - ${p.add(seconds(olderThanSeconds), 'interval')}
        FOR UPDATE SKIP LOCKED
      ), gone AS (
        DELETE FROM ${deliveryWindows}
        WHERE (account_id, kind) IN (SELECT account_id, kind FROM past) RETURNING 1
      )
      SELECT (SELECT count(*) FROM gone)::integer AS removed,
        (SELECT account_id || '.' || kind FROM looked
          ORDER BY account_id, kind OFFSET ${PURGE_STEP_ROWS - 1}) AS next`,
      p.values,
      tx,
    );
    return { removed: row?.removed ?? 0, next: row?.next ?? undefined };
  }
}
