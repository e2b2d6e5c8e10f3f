import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { Parameters, seconds } from '../database/parameters';

/** A step that would wait for somebody longer than this gives way. */
const LOCK_LIMIT_MS = 50;
const STATEMENT_LIMIT_MS = 2000;

@Injectable()
export class CleanUpsRepository {
  constructor(private readonly database: Database) {}

  /** Whether this call begins a clean-up: the last one began so long ago. */
  async begin(name: string, ageSeconds: number): Promise<boolean> {
    const { cleanUps } = this.database.tables;
    const p = new Parameters();
    const rows = await this.database.query(
      `INSERT INTO ${cleanUps} AS c (name, started_at) VALUES (${p.add(name, 'text')}, clock_timestamp())
       ON CONFLICT (name) DO UPDATE SET started_at = clock_timestamp(), finished_at = NULL, removed = 0
       WHERE c.started_at <= clock_timestamp() - ${p.add(seconds(ageSeconds), 'interval')}
       RETURNING 1`,
      p.values,
    );
    return rows.length > 0;
  }

  async finish(name: string, removed: number): Promise<void> {
    const p = new Parameters();
    await this.database.query(
      `UPDATE ${this.database.tables.cleanUps}
       SET finished_at = clock_timestamp(), removed = ${p.add(removed, 'integer')}
       WHERE name = ${p.add(name, 'text')}`,
      p.values,
    );
  }

  /**
   * Makes one step while no other instance makes one; undefined where another does. The lock and the
   * limits belong to the transaction, so they hold behind a pooler and end with a process that dies.
   */
  async alone<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result | undefined> {
    return this.database.transaction(async (tx) => {
      const [row] = await this.database.query<{ leads: boolean }>(
        `SELECT set_config('lock_timeout', '${LOCK_LIMIT_MS}ms', true),
           set_config('statement_timeout', '${STATEMENT_LIMIT_MS}ms', true),
           pg_try_advisory_xact_lock(hashtextextended('portcullis:housekeeping:' || $1, 0)) AS leads`,
        [this.database.schema],
        tx,
      );
      return row?.leads === true ? work(tx) : undefined;
    });
  }
}
