import { renamePermission, splitPermission } from '@portcullis/nest/migrations';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** As a team would write it, in the migrations of its own application. */
export class BillsAreNoInvoices1800000000000 implements MigrationInterface {
  readonly name = 'BillsAreNoInvoices1800000000000';

  async up(runner: QueryRunner): Promise<void> {
    await renamePermission(runner, 'invoices:read', 'bills:read');
    await splitPermission(runner, 'invoices:*', ['invoices:*', 'bills:read']);
  }

  async down(runner: QueryRunner): Promise<void> {
    await renamePermission(runner, 'bills:read', 'invoices:read');
  }
}
