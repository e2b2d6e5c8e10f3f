import type { MigrationInterface, QueryRunner } from 'typeorm';
import { authSchemaOf } from '../src/database/auth-schema';
import { quoteIdentifier } from '../src/database/tables';

/** Mails that wait to be sent, and when an account was last told of something. */
export class AddDeliveries1795900300000 implements MigrationInterface {
  readonly name = 'AddDeliveries1795900300000';

  async up(runner: QueryRunner): Promise<void> {
    const schema = quoteIdentifier(authSchemaOf(runner.dataSource));
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    for (const statement of deliveries(schema)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = quoteIdentifier(authSchemaOf(runner.dataSource));
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    await runner.query(`DROP TABLE ${schema}.delivery_windows`);
    await runner.query(`DROP TABLE ${schema}.deliveries`);
  }
}

/**
 * No foreign key on the mails: one may speak of an account that is gone. `due_at` is when the next
 * attempt may begin, and so, while one is under way, also the end of its lease.
 */
function deliveries(schema: string): string[] {
  return [
    `CREATE TABLE ${schema}.deliveries (
      id uuid PRIMARY KEY,
      kind text NOT NULL,
      account_id uuid NOT NULL,
      recipient text,
      details jsonb NOT NULL DEFAULT '{}',
      status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'failed')),
      attempts integer NOT NULL DEFAULT 0,
      due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      last_error text,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      settled_at timestamptz,
      CHECK (status = 'sent' OR recipient IS NOT NULL)
    ) WITH (fillfactor = 70)`,
    `CREATE INDEX deliveries_due_at ON ${schema}.deliveries (due_at) WHERE status = 'pending'`,
    `CREATE INDEX deliveries_settled_at ON ${schema}.deliveries (settled_at)
      WHERE settled_at IS NOT NULL`,
    `CREATE TABLE ${schema}.delivery_windows (
      account_id uuid NOT NULL REFERENCES ${schema}.accounts (id) ON DELETE CASCADE,
      kind text NOT NULL,
      opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (account_id, kind)
    )`,
  ];
}
