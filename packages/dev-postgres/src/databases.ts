import { Client, escapeIdentifier } from 'pg';
import { DevPostgresError, systemCode } from './errors';

/** PostgreSQL cuts longer names off silently (NAMEDATALEN - 1). */
const LONGEST_NAME_BYTES = 63;

function checkName(name: string): string {
  const bytes = Buffer.byteLength(name);
  if (bytes >= 1 && bytes <= LONGEST_NAME_BYTES && !name.includes('\0')) return name;
  throw new DevPostgresError(
    'database_name_invalid',
    `A database name has 1 to ${LONGEST_NAME_BYTES} bytes, none of them zero: ${JSON.stringify(name)}`,
  );
}

/** Runs one statement on a connection of its own. */
async function execute(url: string, statement: string): Promise<void> {
  // `ssl` is spelt out, or pg would take it from a PGSSLMODE that is meant for other servers.
  const client = new Client({ connectionString: url, ssl: false });
  // A server that stops between two messages emits this beside the rejection.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Proves that the server takes our password. */
export function ping(url: string): Promise<void> {
  return execute(url, 'SELECT 1');
}

/**
 * Creates a database, as a copy of `template` where one is named.
 *
 * @throws DevPostgresError `database_name_invalid`, `database_exists`, `template_not_found`, `template_in_use`
 */
export async function createDatabase(url: string, name: string, template?: string): Promise<void> {
  const copyOf = template === undefined ? '' : ` TEMPLATE ${escapeIdentifier(checkName(template))}`;
  try {
    await execute(url, `CREATE DATABASE ${escapeIdentifier(checkName(name))}${copyOf}`);
  } catch (error) {
    throw translate(error, name, template);
  }
}

/**
 * Deletes a database with all its connections. One that does not exist is no error.
 *
 * @throws DevPostgresError `database_name_invalid`
 */
export async function dropDatabase(url: string, name: string): Promise<void> {
  await execute(url, `DROP DATABASE IF EXISTS ${escapeIdentifier(checkName(name))} WITH (FORCE)`);
}

function translate(cause: unknown, name: string, template: string | undefined): unknown {
  switch (systemCode(cause)) {
    case '42P04': // duplicate_database
    case '23505': // unique_violation: two sessions created it at the same moment
      return new DevPostgresError('database_exists', `Database ${name} exists.`, { cause });
    case '3D000': // invalid_catalog_name
      return new DevPostgresError('template_not_found', `No template ${template}.`, { cause });
    case '55006': // object_in_use
      return new DevPostgresError(
        'template_in_use',
        `Template ${template} has open connections; PostgreSQL copies only idle databases.`,
        { cause },
      );
    default:
      return cause;
  }
}
