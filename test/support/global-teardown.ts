import { escapeLiteral } from 'pg';
import { removeDevPostgres } from '../../packages/dev-postgres/src/index';
import { dropDatabase, execute, fromSetup, TEST_ENVIRONMENT } from './test-server';

/** Stops and deletes the server of the run, or deletes the run's databases on the one it was given. */
export default async function globalTeardown(): Promise<void> {
  const dataDirectory = process.env[TEST_ENVIRONMENT.dataDirectory];
  if (dataDirectory !== undefined) return removeDevPostgres(dataDirectory);

  const adminUrl = fromSetup('adminUrl');
  const left = await execute(
    adminUrl,
    `SELECT datname FROM pg_database WHERE starts_with(datname, ${escapeLiteral(fromSetup('prefix'))})`,
  );
  for (const { datname } of left) await dropDatabase(adminUrl, String(datname));
}
