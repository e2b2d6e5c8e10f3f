import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { AUTH_MIGRATIONS } from '../migrations/index';
import { removeDevPostgres, startDevPostgres } from '../packages/dev-postgres/src/index';
import { authSchemaOf } from '../src/database/auth-schema';
import { authEntities } from '../src/entities';
import { describeSchema } from './describe-schema';
import { writeGenerated } from './write-generated';

const FILE = join(__dirname, '..', 'migrations', 'schema.sql');

const HEADER = `-- What the migrations make, read back from PostgreSQL. Generated: npm run generate
-- Names are relative to the schema that authEntities() is given.

`;

async function migratedSchema(url: string): Promise<string> {
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    entities: [...authEntities()],
    migrations: AUTH_MIGRATIONS,
    installExtensions: false,
  });
  await dataSource.initialize();
  const client = new Client({ connectionString: url });
  try {
    await dataSource.runMigrations({ transaction: 'each' });
    await client.connect();
    return await describeSchema(client, authSchemaOf(dataSource));
  } finally {
    await client.end();
    await dataSource.destroy();
  }
}

/** Writes `migrations/schema.sql` from a fresh database; with `--check` it only compares. */
async function dumpSchema(): Promise<void> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'portcullis-schema-'));
  try {
    const server = await startDevPostgres({ dataDirectory, durability: 'relaxed' });
    writeGenerated(FILE, HEADER + (await migratedSchema(server.connectionUrl())));
  } finally {
    await removeDevPostgres(dataDirectory);
  }
}

dumpSchema().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
