import { escapeIdentifier } from 'pg';
import { dropDatabase, execute, freshName, fromSetup, urlOf } from './test-server';

/** A database of one test's own, on the server of the run. */
export interface TestDatabase {
  /** `postgres://…`, for TypeORM and pg. */
  readonly url: string;
  /** Deletes the database and ends what is still connected to it. */
  drop(): Promise<void>;
}

async function create(suffix: string): Promise<TestDatabase> {
  const adminUrl = fromSetup('adminUrl');
  const name = freshName(fromSetup('prefix'));
  await execute(adminUrl, `CREATE DATABASE ${escapeIdentifier(name)} ${suffix}`);
  return { url: urlOf(adminUrl, name), drop: () => dropDatabase(adminUrl, name) };
}

/** A database with every migration applied: a copy of the run's template. */
export function cloneDatabase(): Promise<TestDatabase> {
  return create(`TEMPLATE ${escapeIdentifier(fromSetup('template'))}`);
}

/** A database without any table of ours, for tests of the migrations themselves. */
export function emptyDatabase(): Promise<TestDatabase> {
  return create('TEMPLATE template0');
}
