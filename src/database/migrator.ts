import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, MigrationExecutor, type DataSourceOptions } from 'typeorm';
import { databaseErrorCode } from './database-errors';

/** A migration of a DataSource, and whether its database has it. @publicApi */
export interface MigrationState {
  readonly name: string;
  readonly applied: boolean;
}

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** Names the lock; any number would do, as long as every process uses the same. */
const LOCK = `pg_advisory_xact_lock(hashtextextended('portcullis:migrations', 0))`;

/**
 * While a migration waits for a table, everybody else waits behind it. It therefore gives up soon (its
 * own `lock_timeout`), lets them through and begins again, at most so often.
 */
const LOCK_ATTEMPTS = 20;
const LOCK_PAUSE_MILLISECONDS = 500;

/** Settings of a host's requests under which a migration of a large table would be cut off. */
const TIME_LIMITS = new Set([
  'idle_in_transaction_session_timeout',
  'lock_timeout',
  'query_timeout',
  'statement_timeout',
]);

/**
 * Applies the pending migrations of a DataSource, the host's own included, each in its own
 * transaction unless the DataSource says otherwise. Processes that start together take turns.
 *
 * It works on two connections of its own, without the time limits of the host's requests. The lock
 * belongs to a transaction and not to a connection, so that it also holds behind a pooler. A migration
 * that gave up waiting for a table is begun again, for ten seconds and what it waited.
 *
 * @returns the names of the migrations that this call applied, oldest first
 *
 * @publicApi
 */
export async function runMigrations(dataSource: DataSource): Promise<readonly string[]> {
  return withOwnConnections(dataSource, async (own) => {
    const lock = own.createQueryRunner();
    try {
      await lock.startTransaction();
      // The limits may also come from the role.
      await lock.query(
        `SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0`,
      );
      await lock.query(`SELECT ${LOCK}`);
      const pending = (await migrationStates(own)).filter(({ applied }) => !applied);
      await untilLocked(() =>
        own.runMigrations({ transaction: own.options.migrationsTransactionMode ?? 'each' }),
      );
      await lock.commitTransaction();
      return pending.map(({ name }) => name);
    } finally {
      await lock.release();
    }
  });
}

/**
 * Every migration of a DataSource and whether it was applied, oldest first. Changes nothing.
 *
 * @publicApi
 */
export async function migrationStates(dataSource: DataSource): Promise<readonly MigrationState[]> {
  const executed = await new MigrationExecutor(dataSource).getExecutedMigrations();
  const names = new Set(executed.map(({ name }) => name));
  return dataSource.migrations
    .map((migration) => migration.name ?? migration.constructor.name)
    .sort((one, other) => timestampOf(one) - timestampOf(other))
    .map((name) => ({ name, applied: names.has(name) }));
}

async function untilLocked(migrate: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await migrate();
      return;
    } catch (error) {
      const isLocked = databaseErrorCode(error) === '55P03';
      if (!isLocked || attempt === LOCK_ATTEMPTS) throw error;
      await sleep(LOCK_PAUSE_MILLISECONDS);
    }
  }
}

/** TypeORM ends each name in the milliseconds since the epoch. */
function timestampOf(name: string): number {
  return Number(name.slice(-13));
}

async function withOwnConnections<Result>(
  dataSource: DataSource,
  work: (own: DataSource) => Promise<Result>,
): Promise<Result> {
  const options = dataSource.options as PostgresOptions;
  const own = new DataSource({
    ...options,
    extra: withoutTimeLimits(options.extra),
    poolSize: 2,
    cache: false,
    migrationsRun: false,
    synchronize: false,
    dropSchema: false,
  });
  await own.initialize();
  try {
    return await work(own);
  } finally {
    await own.destroy();
  }
}

function withoutTimeLimits(extra: unknown): object {
  const entries = Object.entries((extra ?? {}) as Record<string, unknown>);
  return Object.fromEntries(entries.filter(([name]) => !TIME_LIMITS.has(name)));
}
