import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';

const FIRST_ADMINISTRATOR = 'first_administrator';

@Injectable()
export class BootstrapRepository {
  constructor(private readonly database: Database) {}

  /** The account that was made, if this was done; the account itself may be gone since. */
  async madeBefore(): Promise<string | undefined> {
    const [row] = await this.database.query<{ accountId: string }>(
      `SELECT account_id AS "accountId" FROM ${this.database.tables.bootstrap} WHERE step = $1::text`,
      [FIRST_ADMINISTRATOR],
    );
    return row?.accountId;
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
