import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { AUTH_MIGRATIONS } from '../../migrations/index';
import { describeSchema } from '../../scripts/describe-schema';
import { authSchemaOf } from '../../src/database/auth-schema';
import { authTables } from '../../src/database/tables';
import { authEntities } from '../../src/entities';
import { emptyDatabase, type TestDatabase } from '../support/database';

const committed = readFileSync(join(__dirname, '../../migrations/schema.sql'), 'utf8');
/** The file opens with comments on itself. */
const content = committed.replace(/^(--.*\n)*\n/, '');

let database: TestDatabase;
let client: Client;
const dataSources: DataSource[] = [];

async function connect(options?: { schema: string }): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: database.url,
    entities: [...authEntities(options)],
    migrations: AUTH_MIGRATIONS,
    installExtensions: false,
  });
  dataSources.push(dataSource);
  return dataSource.initialize();
}

async function begin(): Promise<void> {
  database = await emptyDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
}

async function end(): Promise<void> {
  await client.end();
  for (const dataSource of dataSources.splice(0)) await dataSource.destroy();
  await database.drop();
}

describe('a migrated database', () => {
  let dataSource: DataSource;

  beforeAll(async () => {
    await begin();
    dataSource = await connect();
    await dataSource.runMigrations();
  });

  beforeEach(() => client.query('BEGIN'));
  afterEach(() => client.query('ROLLBACK'));
  afterAll(end);

  it('is what schema.sql says', async () => {
    // After a wanted change run: npm run generate
    expect(await describeSchema(client, authSchemaOf(dataSource))).toBe(content);
  });

  it('can be made from schema.sql, so nothing is missing there', async () => {
    await client.query('CREATE SCHEMA copy; SET LOCAL search_path TO copy');
    await client.query(content);
    expect(await describeSchema(client, 'copy')).toBe(content);
  });

  it.each([
    ['a column', 'ALTER TABLE auth.accounts ADD COLUMN extra text'],
    ['a type', 'ALTER TABLE auth.audit_events ALTER COLUMN ip TYPE varchar(45)'],
    ['a default', 'ALTER TABLE auth.accounts ALTER COLUMN status DROP DEFAULT'],
    ['nullability', 'ALTER TABLE auth.sessions ALTER COLUMN secret_digest DROP NOT NULL'],
    ['a key', 'ALTER TABLE auth.accounts DROP CONSTRAINT accounts_email_key_key'],
    ['an index', 'DROP INDEX auth.signing_keys_one_current'],
    ['a storage option', 'ALTER TABLE auth.sessions RESET (fillfactor)'],
    ['a trigger', 'DROP TRIGGER notify_change ON auth.changes'],
    ['the firing of a trigger', 'ALTER TABLE auth.changes DISABLE TRIGGER notify_change'],
    [
      'a function',
      `CREATE OR REPLACE FUNCTION auth.notify_change() RETURNS trigger LANGUAGE plpgsql
         AS 'BEGIN RETURN NULL; END'`,
    ],
  ])('shows that somebody changed %s', async (_what, statement) => {
    await client.query(statement);
    expect(await describeSchema(client, 'auth')).not.toBe(content);
  });

  it.each([
    ['v everyone', 'CREATE VIEW auth.everyone AS SELECT id FROM auth.accounts'],
    ['type mood', `CREATE TYPE auth.mood AS ENUM ('good')`],
    ['security of rows in accounts', 'ALTER TABLE auth.accounts ENABLE ROW LEVEL SECURITY'],
  ])('is not described where that would overlook "%s"', async (what, statement) => {
    await client.query(statement);
    await expect(describeSchema(client, 'auth')).rejects.toThrow(what);
  });

  it('has every table that SQL may name, and no other', async () => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT '"auth"."' || tablename || '"' AS name FROM pg_tables
         JOIN pg_class ON pg_class.oid = format('%I.%I', schemaname, tablename)::regclass
       WHERE schemaname = 'auth' AND NOT relispartition`,
    );
    expect(Object.values(authTables('auth')).sort()).toEqual(rows.map(({ name }) => name).sort());
  });

  it('has the columns of the entities, with type, nullability and key', async () => {
    expect(dataSource.entityMetadatas.length).toBeGreaterThanOrEqual(6);
    for (const { tablePath, columns } of dataSource.entityMetadatas) {
      const actual = await columnsOf(tablePath);
      const declared = columns.map((column) => ({
        name: column.databaseName,
        nullable: column.isNullable,
        type: dataSource.driver.normalizeType(column) + (column.isArray ? '[]' : ''),
        key: column.isPrimary,
      }));
      const found = declared.map(({ name }) => actual.find((column) => column.name === name));
      expect([tablePath, found]).toMatchObject([tablePath, declared]);
    }
  });

  it('asks for no value that an entity could not give', async () => {
    for (const { tablePath, columns } of dataSource.entityMetadatas) {
      const needed = (await columnsOf(tablePath)).filter(({ optional }) => !optional);
      const mapped = columns.map(({ databaseName }) => databaseName);
      expect(mapped).toEqual(expect.arrayContaining(needed.map(({ name }) => name)));
    }
  });

  interface TableColumn {
    readonly name: string;
    readonly nullable: boolean;
    readonly type: string;
    readonly key: boolean;
    readonly optional: boolean;
  }

  async function columnsOf(table: string): Promise<TableColumn[]> {
    const { rows } = await client.query<TableColumn>(
      `SELECT attname AS name, NOT attnotnull AS nullable, format_type(atttypid, atttypmod) AS type,
         EXISTS (SELECT FROM pg_index WHERE indrelid = attrelid AND indisprimary
                   AND attnum = ANY (indkey)) AS key,
         NOT attnotnull OR atthasdef OR attidentity <> '' AS optional
       FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
      [table],
    );
    return rows;
  }
});

describe('the migrations', () => {
  beforeEach(begin);
  afterEach(end);

  it('leave nothing behind when they are reverted, and can be run again', async () => {
    const dataSource = await connect();
    await dataSource.runMigrations();
    for (let left = AUTH_MIGRATIONS.length; left > 0; left--) await dataSource.undoLastMigration();
    expect(await describeSchema(client, 'auth')).toBe('');

    await dataSource.runMigrations();
    expect(await describeSchema(client, 'auth')).toBe(content);
  });

  it.each(['tenant_auth', 'Odd "Name"'])(
    'make the same tables in the schema %s, and no other schema',
    async (schema) => {
      await (await connect({ schema })).runMigrations();
      expect(await describeSchema(client, schema)).toBe(content);
      const { rowCount } = await client.query(`SELECT FROM pg_namespace WHERE nspname = 'auth'`);
      expect(rowCount).toBe(0);
    },
  );

  it('are not wanted again by a host that generates its own', async () => {
    const { upQueries } = await (await connect()).driver.createSchemaBuilder().log();
    expect(upQueries).toEqual([]);
  });
});
