import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { migrationStates, runMigrations } from '../../src/database/migrator';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { until } from '../support/until';

class First1700000000001 implements MigrationInterface {
  readonly name = 'First1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE first (id integer)');
    await runner.query('SELECT pg_sleep(0.6)');
  }

  async down(): Promise<void> {}
}

/** Named by its class alone, as TypeORM also allows. */
class Second1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE second (id integer)');
  }

  async down(): Promise<void> {}
}

/** Of a table that others use. */
class Careful1700000000004 implements MigrationInterface {
  readonly name = 'Careful1700000000004';
  static tries = 0;

  async up(runner: QueryRunner): Promise<void> {
    Careful1700000000004.tries += 1;
    await runner.query(`SET LOCAL lock_timeout = '100ms'`);
    await runner.query('ALTER TABLE second ADD COLUMN more text');
  }

  async down(): Promise<void> {}
}

class Broken1700000000003 implements MigrationInterface {
  readonly name = 'Broken1700000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE third (id integer)');
    await runner.query('SELECT 1/0');
  }

  async down(): Promise<void> {}
}

const NAMES = ['First1700000000001', 'Second1700000000002'];

describe('the migrator', () => {
  let database: TestDatabase;
  const open: DataSource[] = [];

  beforeEach(async () => {
    database = await emptyDatabase();
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((dataSource) => dataSource.destroy()));
    await database.drop();
  });

  async function host(
    migrations: (new () => MigrationInterface)[] = [Second1700000000002, First1700000000001],
    extra: object = {},
  ): Promise<DataSource> {
    const dataSource = new DataSource({
      type: 'postgres',
      url: database.url,
      migrations,
      extra,
      installExtensions: false,
    });
    open.push(dataSource);
    return dataSource.initialize();
  }

  async function tables(dataSource: DataSource): Promise<string[]> {
    const rows: { name: string }[] = await dataSource.query(
      `SELECT relname AS name FROM pg_class
       WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  }

  it('applies what is pending, the oldest first, and names it', async () => {
    const dataSource = await host();
    await expect(runMigrations(dataSource)).resolves.toEqual(NAMES);
    await expect(runMigrations(dataSource)).resolves.toEqual([]);
    await expect(tables(dataSource)).resolves.toEqual(['first', 'migrations', 'second']);
  });

  it('lets processes that start together take turns, so that each migration is applied once', async () => {
    const hosts = await Promise.all([host(), host(), host()]);
    const applied = await Promise.all(hosts.map((dataSource) => runMigrations(dataSource)));
    expect(applied.flat().sort()).toEqual(NAMES);
  });

  it('is not cut off by the time limits that the host set for its requests', async () => {
    const limited = await host(undefined, {
      statement_timeout: 200,
      query_timeout: 200,
      idle_in_transaction_session_timeout: 200,
    });
    await expect(limited.query('SELECT pg_sleep(1)')).rejects.toThrow(/timeout/);
    await expect(runMigrations(limited)).resolves.toEqual(NAMES);
  });

  it('keeps what succeeded before a migration that fails, and nothing of that one', async () => {
    const dataSource = await host([First1700000000001, Broken1700000000003]);
    await expect(runMigrations(dataSource)).rejects.toThrow(/division by zero/);
    await expect(tables(dataSource)).resolves.toEqual(['first', 'migrations']);
    await expect(migrationStates(dataSource)).resolves.toEqual([
      { name: 'First1700000000001', applied: true },
      { name: 'Broken1700000000003', applied: false },
    ]);
  });

  it('F-20: gives way where a table is held, and begins again until it is free', async () => {
    await runMigrations(await host());
    const dataSource = await host([Second1700000000002, Careful1700000000004, First1700000000001]);
    const reader = dataSource.createQueryRunner();
    await reader.startTransaction();
    await reader.query('SELECT FROM second');
    const migrating = runMigrations(dataSource);
    await until('it gave way twice', () => Careful1700000000004.tries > 2);
    await reader.commitTransaction();
    await reader.release();
    await expect(migrating).resolves.toEqual(['Careful1700000000004']);
  });

  it('tells the state of a database without changing it', async () => {
    const dataSource = await host();
    await expect(migrationStates(dataSource)).resolves.toEqual(
      NAMES.map((name) => ({ name, applied: false })),
    );
    await expect(tables(dataSource)).resolves.toEqual([]);
  });
});
