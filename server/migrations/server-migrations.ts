import type { MigrationInterface } from 'typeorm';
import { CreateInvoices1790000100000 } from './1790000100000-create-invoices';
import { CreateDemoAccounts1790000200000 } from './1790000200000-create-demo-accounts';

/** Every migration of the server's own tables, oldest first. */
export const SERVER_MIGRATIONS: (new () => MigrationInterface)[] = [
  CreateInvoices1790000100000,
  CreateDemoAccounts1790000200000,
];
