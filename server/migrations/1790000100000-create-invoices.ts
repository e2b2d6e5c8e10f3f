import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Invoices. `NULLS NOT DISTINCT` makes numbers unique where there is no tenant, too. */
export class CreateInvoices1790000100000 implements MigrationInterface {
  readonly name = 'CreateInvoices1790000100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    await runner.query(`CREATE TABLE invoices (
      id uuid PRIMARY KEY,
      tenant_id uuid,
      number text NOT NULL,
      customer text NOT NULL,
      amount_cents bigint NOT NULL CHECK (amount_cents BETWEEN 1 AND 1000000000000),
      currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
      status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'approved')),
      created_by uuid NOT NULL,
      approved_by uuid CHECK (approved_by <> created_by),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      CHECK ((status = 'approved') = (approved_by IS NOT NULL)),
      UNIQUE NULLS NOT DISTINCT (tenant_id, number)
    )`);
    await runner.query(`CREATE INDEX invoices_tenant_id_id ON invoices (tenant_id, id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    await runner.query(`DROP TABLE invoices`);
  }
}
