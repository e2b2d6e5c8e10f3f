import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { Parameters, seconds } from '../database/parameters';
import { PURGE_STEP_ROWS } from '../database/purge';

@Injectable()
export class OldChangesRepository {
  constructor(private readonly database: Database) {}

  /** The oldest that are older than a number of seconds; returns how many. */
  async removeOlderThan(ageSeconds: number, tx: Tx): Promise<number> {
    const { changes } = this.database.tables;
    const p = new Parameters();
    const rows = await this.database.query(
      `WITH old AS MATERIALIZED (
        SELECT id FROM ${changes} WHERE created_at < now() - ${p.add(seconds(ageSeconds), 'interval')}
        ORDER BY created_at LIMIT ${PURGE_STEP_ROWS} FOR UPDATE SKIP LOCKED
      ) DELETE FROM ${changes} WHERE id IN (SELECT id FROM old) RETURNING 1`,
      p.values,
      tx,
    );
    return rows.length;
  }
}
