import { DataSource } from 'typeorm';
import { AccountsRepository } from '../../src/accounts/accounts.repository';
import { AccountsService } from '../../src/accounts/accounts.service';
import { Database } from '../../src/database/database';
import { UnitOfWork } from '../../src/database/unit-of-work';
import { authEntities } from '../../src/entities';
import { cloneDatabase } from '../support/database';

/** The accounts of a database of the suite's own. */
export interface AccountsDatabase {
  readonly dataSource: DataSource;
  readonly database: Database;
  readonly unitOfWork: UnitOfWork;
  readonly accounts: AccountsService;
  close(): Promise<void>;
}

export async function openAccounts(): Promise<AccountsDatabase> {
  const clone = await cloneDatabase();
  const dataSource = await new DataSource({
    type: 'postgres',
    url: clone.url,
    entities: authEntities(),
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    extra: { max: 20 },
  }).initialize();
  const database = new Database(dataSource);
  return {
    dataSource,
    database,
    unitOfWork: new UnitOfWork(database),
    accounts: new AccountsService(new AccountsRepository(database)),
    close: async () => {
      await dataSource.destroy();
      await clone.drop();
    },
  };
}
