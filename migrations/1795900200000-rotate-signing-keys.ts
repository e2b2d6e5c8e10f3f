import type { MigrationInterface, QueryRunner } from 'typeorm';
import { authSchemaOf } from '../src/database/auth-schema';
import { quoteIdentifier } from '../src/database/tables';

/** Signing keys that are published ahead of their use, and which secret instances protect things under. */
export class RotateSigningKeys1795900200000 implements MigrationInterface {
  readonly name = 'RotateSigningKeys1795900200000';

  async up(runner: QueryRunner): Promise<void> {
    const schema = quoteIdentifier(authSchemaOf(runner.dataSource));
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    for (const statement of [
      // An HS256 key has no public half.
      `ALTER TABLE ${schema}.signing_keys ALTER COLUMN public_jwk DROP NOT NULL,
        ADD COLUMN activates_at timestamptz`,
      // Only somebody who wrote the table by hand left these without a time.
      `UPDATE ${schema}.signing_keys SET retired_at = clock_timestamp()
        WHERE status = 'retired' AND retired_at IS NULL`,
      `UPDATE ${schema}.signing_keys SET activates_at = clock_timestamp() WHERE status = 'next'`,
      `UPDATE ${schema}.signing_keys SET activated_at = clock_timestamp()
        WHERE status = 'current' AND activated_at IS NULL`,
      `ALTER TABLE ${schema}.signing_keys
        ADD CONSTRAINT signing_keys_times_check CHECK (CASE status
          WHEN 'next' THEN activates_at IS NOT NULL
          WHEN 'current' THEN activated_at IS NOT NULL
          WHEN 'retired' THEN retired_at IS NOT NULL
          ELSE true END)`,
      `CREATE UNIQUE INDEX signing_keys_one_next ON ${schema}.signing_keys (status)
        WHERE status = 'next'`,
      `CREATE TABLE ${schema}.secret_uses (
        fingerprint text PRIMARY KEY CHECK (fingerprint ~ '^[0-9a-f]{8}$'),
        first_used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        last_used_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`,
    ]) {
      await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = quoteIdentifier(authSchemaOf(runner.dataSource));
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    for (const statement of [
      `DROP TABLE ${schema}.secret_uses`,
      `DROP INDEX ${schema}.signing_keys_one_next`,
      `ALTER TABLE ${schema}.signing_keys
        DROP CONSTRAINT signing_keys_times_check, DROP COLUMN activates_at`,
      `UPDATE ${schema}.signing_keys SET public_jwk = '{}' WHERE public_jwk IS NULL`,
      `ALTER TABLE ${schema}.signing_keys ALTER COLUMN public_jwk SET NOT NULL`,
    ]) {
      await runner.query(statement);
    }
  }
}
