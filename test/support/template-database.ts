import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { DataSource } from 'typeorm';
import { AUTH_MIGRATIONS } from '../../migrations/index';
import { authEntities } from '../../src/entities';
import { dropDatabase, execute, freshName, urlOf } from './test-server';

const ROOT = join(__dirname, '..', '..');

/** Changes with every file that decides what a migrated database looks like. */
function fingerprint(): string {
  const sources = ['migrations', 'src']
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => /^migrations\/|^src\/database\/|\.entity\.ts$|^src\/entities\.ts$/.test(path))
    .sort();
  const digest = createHash('sha256');
  for (const path of sources) digest.update(`${path}\0`).update(readFileSync(join(ROOT, path)));
  return digest.digest('hex').slice(0, 16);
}

/**
 * The migrated database that tests copy, made when missing. It is built under another name and
 * renamed when complete: a server that outlives the run never offers a half-migrated one.
 */
export async function makeTemplate(adminUrl: string, prefix: string): Promise<string> {
  const template = `portcullis_template_${fingerprint()}`;
  const found = `SELECT 1 FROM pg_database WHERE datname = ${escapeLiteral(template)}`;
  if ((await execute(adminUrl, found)).length > 0) return template;

  const draft = freshName(prefix);
  await execute(adminUrl, `CREATE DATABASE ${escapeIdentifier(draft)} TEMPLATE template0`);
  try {
    await migrate(urlOf(adminUrl, draft));
  } catch (error) {
    // After a failed setup Jest runs no teardown.
    await dropDatabase(adminUrl, draft);
    throw error;
  }
  const rename = `ALTER DATABASE ${escapeIdentifier(draft)} RENAME TO ${escapeIdentifier(template)}`;
  await execute(adminUrl, rename).catch(async (error: unknown) => {
    // Another run on the same server was faster.
    await dropDatabase(adminUrl, draft);
    if ((await execute(adminUrl, found)).length === 0) throw error;
  });
  return template;
}

async function migrate(url: string): Promise<void> {
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    entities: [...authEntities()],
    migrations: AUTH_MIGRATIONS,
    uuidExtension: 'pgcrypto',
    installExtensions: false,
  });
  await dataSource.initialize();
  try {
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    await dataSource.destroy();
  }
}
