import type { EventEmitter } from 'node:events';
import type { DataSource, QueryRunner } from 'typeorm';
import { authSchemaOf } from './auth-schema';
import { listenToNewConnections } from './connection-errors';
import { isReadTimeout, isRetryable, translateDatabaseError } from './database-errors';
import { authTables, type AuthTables } from './tables';

declare const transaction: unique symbol;

/** A transaction under way. Only {@link Database} can look inside. */
export interface Tx {
  readonly [transaction]: true;
}

const MAX_ATTEMPTS = 4;

/**
 * Runs statements and transactions on the host application's DataSource.
 *
 * A statement outside a transaction is its own (autocommit) transaction, and nothing here relies on
 * the state of a connection, so everything works behind a transaction-mode pooler. Serialization
 * failures and deadlocks are run again, at most three times.
 */
export class Database {
  constructor(readonly dataSource: DataSource) {
    listenToNewConnections(dataSource);
  }

  #tables?: AuthTables;
  #schema?: string;

  get schema(): string {
    return (this.#schema ??= authSchemaOf(this.dataSource));
  }

  get tables(): AuthTables {
    return (this.#tables ??= authTables(this.schema));
  }

  /**
   * Runs one statement and returns its rows.
   *
   * @throws AuthError `database_unavailable`
   */
  async query<Row>(sql: string, parameters: unknown[] = [], tx?: Tx): Promise<Row[]> {
    if (tx !== undefined) return run<Row>(runnerOf(tx), sql, parameters);
    return retrying(async () => {
      const runner = this.dataSource.createQueryRunner();
      try {
        return await run<Row>(runner, sql, parameters);
      } finally {
        await runner.release();
      }
    });
  }

  /**
   * Runs work as one Read Committed transaction: all of it happens or none.
   *
   * The work may run again after a deadlock, so it must keep its effects inside the transaction.
   *
   * @throws AuthError `database_unavailable`
   */
  async transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    return retrying(async () => {
      const runner = this.dataSource.createQueryRunner();
      try {
        await runner.startTransaction();
        const result = await work(runner as unknown as Tx);
        await runner.commitTransaction();
        return result;
      } catch (error) {
        if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
        throw error;
      } finally {
        await runner.release();
      }
    });
  }
}

function runnerOf(tx: Tx): QueryRunner {
  return tx as unknown as QueryRunner;
}

async function run<Row>(runner: QueryRunner, sql: string, parameters: unknown[]): Promise<Row[]> {
  try {
    const { records } = await runner.query(sql, parameters, true);
    return records as Row[];
  } catch (error) {
    if (isReadTimeout(error)) await discardConnection(runner, error as Error);
    throw error;
  }
}

/**
 * A connection whose answer pg gave up on still waits for it. Back in the pool it would keep every
 * later caller waiting; TypeORM takes a connection that reports an error out of the pool.
 */
async function discardConnection(runner: QueryRunner, error: Error): Promise<void> {
  ((await runner.connect()) as EventEmitter).emit('error', error);
}

async function retrying<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (isRetryable(error) && count < MAX_ATTEMPTS) continue;
      throw translateDatabaseError(error);
    }
  }
}
