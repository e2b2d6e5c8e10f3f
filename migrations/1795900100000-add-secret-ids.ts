import type { MigrationInterface, QueryRunner } from 'typeorm';
import { authSchemaOf } from '../src/database/auth-schema';
import { quoteIdentifier } from '../src/database/tables';

/**
 * What sessions of the `session` transport are found by. Both indexes are partial, and cover no column
 * that a rotation or a look at `last_seen_at` changes, so that those stay heap-only updates.
 */
export class AddSecretIds1795900100000 implements MigrationInterface {
  readonly name = 'AddSecretIds1795900100000';

  async up(runner: QueryRunner): Promise<void> {
    const schema = quoteIdentifier(authSchemaOf(runner.dataSource));
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    await runner.query(`ALTER TABLE ${schema}.sessions
      ADD COLUMN secret_nonce bytea,
      ADD COLUMN previous_digest bytea,
      ADD COLUMN previous_assurance jsonb,
      ADD COLUMN authority_version bigint`);
    await runner.query(`CREATE UNIQUE INDEX sessions_secret_digest ON ${schema}.sessions (secret_digest)
      WHERE transport = 'session'`);
    await runner.query(`CREATE INDEX sessions_previous_digest ON ${schema}.sessions (previous_digest)
      WHERE previous_digest IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const schema = quoteIdentifier(authSchemaOf(runner.dataSource));
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    await runner.query(`DROP INDEX ${schema}.sessions_secret_digest`);
    await runner.query(`ALTER TABLE ${schema}.sessions DROP COLUMN secret_nonce,
      DROP COLUMN previous_digest, DROP COLUMN previous_assurance, DROP COLUMN authority_version`);
  }
}
