import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';

const FIRST_ADMINISTRATOR = 'first_administrator';

@Injectable()
export class BootstrapRepository {
  constructor(private readonly database: Database) {}

  async isDone(): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT 1 FROM ${this.database.tables.bootstrap} WHERE step = $1::text`,
      [FIRST_ADMINISTRATOR],
    );
    return rows.length > 0;
  }

  /** Whether this transaction is the one; another waits here until it has committed or given up. */
  async claim(accountId: string, tx: Tx): Promise<boolean> {
    const rows = await this.database.query(
      `INSERT INTO ${this.database.tables.bootstrap} (step, account_id)
        VALUES ($1::text, $2::uuid) ON CONFLICT (step) DO NOTHING RETURNING step`,
      [FIRST_ADMINISTRATOR, accountId],
      tx,
    );
    return rows.length === 1;
  }
}
