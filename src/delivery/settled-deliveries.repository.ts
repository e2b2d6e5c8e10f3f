import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { Parameters } from '../database/parameters';
import { PURGE_STEP_ROWS } from '../database/purge';

@Injectable()
export class SettledDeliveriesRepository {
  constructor(private readonly database: Database) {}

  /** The oldest that were sent or given up more than a number of days ago; returns how many. */
  async removeOlderThan(days: number, tx: Tx): Promise<number> {
    const { deliveries } = this.database.tables;
    const p = new Parameters();
    const rows = await this.database.query(
      `WITH old AS MATERIALIZED (
        SELECT id FROM ${deliveries} WHERE settled_at < now() - ${p.add(`${days} days`, 'interval')}
        ORDER BY settled_at LIMIT ${PURGE_STEP_ROWS} FOR UPDATE SKIP LOCKED
      ) DELETE FROM ${deliveries} WHERE id IN (SELECT id FROM old) RETURNING 1`,
      p.values,
      tx,
    );
    return rows.length;
  }
}
