import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';

/** What `global-setup.ts` hands to the test workers; an environment is all that reaches them. */
export const TEST_ENVIRONMENT = {
  /** Connection URL of a database whose user may create databases. */
  adminUrl: 'PORTCULLIS_TEST_ADMIN_URL',
  /** Name of the migrated database that tests copy. */
  template: 'PORTCULLIS_TEST_TEMPLATE',
  /** Starts the name of every database of this run, so that the run can delete what is left. */
  prefix: 'PORTCULLIS_TEST_PREFIX',
  /** Data directory of the server of this run; missing when `DATABASE_URL` named one. */
  dataDirectory: 'PORTCULLIS_TEST_DATA_DIRECTORY',
} as const;

/** The value that `global-setup.ts` left. */
export function fromSetup(key: keyof typeof TEST_ENVIRONMENT): string {
  const value = process.env[TEST_ENVIRONMENT[key]];
  if (value === undefined) throw new Error(`${TEST_ENVIRONMENT[key]} is missing: run under Jest.`);
  return value;
}

/** Runs statements one after the other on a connection of their own; the rows of the last. */
export async function execute(
  url: string,
  ...statements: readonly string[]
): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  let lost: Error | undefined;
  // A connection that ends between two statements has nobody else to tell.
  client.on('error', (error) => (lost = error));
  await client.connect();
  try {
    let rows: readonly Record<string, unknown>[] = [];
    for (const statement of statements) {
      rows = (await client.query<Record<string, unknown>>(statement)).rows;
    }
    return rows;
  } catch (error) {
    throw lost ?? error;
  } finally {
    await client.end();
  }
}

/** The same server and user, another database. */
export function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.toString();
}

/** A database name that no other test and no other run has. */
export function freshName(prefix: string): string {
  return `${prefix}${randomBytes(6).toString('hex')}`;
}

/** Ends the database's connections and deletes it. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await execute(adminUrl, `DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
}
