import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { ADMINISTRATOR_ROLE } from '../route-access/library-permissions';

@Injectable()
export class AdministratorsRepository {
  constructor(private readonly database: Database) {}

  /** Holds back everybody else who would take an administrator away, until the transaction ends. */
  async lock(tx: Tx): Promise<void> {
    await this.database.query(
      `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`,
      [`portcullis:administrators:${this.database.schema}`],
      tx,
    );
  }

  /**
   * Accounts that can sign in, by all that a login demands, and hold the role everywhere, now and
   * without an end: one that runs out by itself would leave nobody.
   */
  async active(tx: Tx): Promise<readonly string[]> {
    const { accounts, assignments, roles } = this.database.tables;
    const rows = await this.database.query<{ id: string }>(
      `SELECT a.id FROM ${assignments} x
        JOIN ${roles} r ON r.id = x.role_id JOIN ${accounts} a ON a.id = x.account_id
        WHERE r.name = $1 AND r.tenant_id IS NULL AND r.origin = 'code' AND x.tenant_id IS NULL
          AND a.status = 'active' AND a.email_verified_at IS NOT NULL
          AND a.password_hash IS NOT NULL AND x.valid_until IS NULL
          AND (x.valid_from IS NULL OR x.valid_from <= clock_timestamp())`,
      [ADMINISTRATOR_ROLE],
      tx,
    );
    return rows.map(({ id }) => id);
  }
}
