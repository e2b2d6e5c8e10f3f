import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which demo accounts were made, so that no later start makes or announces them again. */
export class CreateDemoAccounts1790000200000 implements MigrationInterface {
  readonly name = 'CreateDemoAccounts1790000200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    await runner.query(`CREATE TABLE demo_accounts (
      email text PRIMARY KEY,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    await runner.query(`DROP TABLE demo_accounts`);
  }
}
