import { DataSource, type Logger } from 'typeorm';
import { Database } from '../../src/database/database';
import { databaseErrorCode } from '../../src/database/database-errors';
import { seconds } from '../../src/database/parameters';
import type { ResolvedAuthOptions } from '../../src/options/auth-options';
import { SecretKeys } from '../../src/options/secret-keys';
import type { GuessReservation } from '../../src/throttling/guess-reservation';
import { GuessEntity } from '../../src/throttling/guess.entity';
import { GuessesRepository } from '../../src/throttling/guesses.repository';
import { GuessesService } from '../../src/throttling/guesses.service';
import { cloneDatabase } from './database';

/** A counter as it stands in the database. */
export interface StoredCounter {
  readonly lane: string;
  readonly failures: number;
}

/** One instance of an application: its own pool, its own service. */
export interface GuessInstance {
  readonly dataSource: DataSource;
  readonly database: Database;
  readonly guesses: GuessesService;
}

/** Counters of guesses in a database of their own, with a way to age them instead of waiting. */
export class GuessCounters {
  /** Every statement sent since the last look, transaction control included. */
  readonly statements: string[] = [];
  /** SQLSTATE of every statement that failed, those that were then run again included. */
  readonly errors: string[] = [];
  readonly #instances: GuessInstance[] = [];

  private constructor(
    private readonly url: string,
    private readonly drop: () => Promise<void>,
  ) {}

  static async open(): Promise<GuessCounters> {
    const { url, drop } = await cloneDatabase();
    return new GuessCounters(url, drop);
  }

  async instance(options: ResolvedAuthOptions, poolSize = 10): Promise<GuessInstance> {
    const dataSource = new DataSource({
      type: 'postgres',
      url: this.url,
      entities: [GuessEntity],
      uuidExtension: 'pgcrypto',
      installExtensions: false,
      poolSize,
      logger: this.#logger(),
      logging: ['query', 'error'],
    });
    await dataSource.initialize();
    this.statements.length = 0;
    const database = new Database(dataSource);
    const repository = new GuessesRepository(database, options);
    const guesses = new GuessesService(repository, new SecretKeys(options), options);
    const instance = { dataSource, database, guesses };
    this.#instances.push(instance);
    return instance;
  }

  /** Makes every counter look as if it had last changed this much earlier. */
  async age(ageSeconds: number): Promise<void> {
    const { database } = this.#instances[0]!;
    await database.query(
      `UPDATE ${database.tables.guesses} SET next_at = next_at - $1::interval,
         window_ends_at = window_ends_at - $1::interval, updated_at = updated_at - $1::interval`,
      [seconds(ageSeconds)],
    );
  }

  async stored(reservation: GuessReservation): Promise<StoredCounter[]> {
    const { database } = this.#instances[0]!;
    return database.query<StoredCounter>(
      `SELECT lane, failures FROM ${database.tables.guesses}
       WHERE key IN ($1, $2) ORDER BY lane`,
      [reservation.sourceKey, reservation.identifierKey],
    );
  }

  /** Failures on one lane; undefined where nothing was counted. */
  async failures(
    reservation: GuessReservation,
    lane: string = reservation.lane,
  ): Promise<number | undefined> {
    return (await this.stored(reservation)).find((counter) => counter.lane === lane)?.failures;
  }

  async forgetAll(): Promise<void> {
    const { database } = this.#instances[0]!;
    await database.query(`DELETE FROM ${database.tables.guesses}`);
    this.statements.length = 0;
    this.errors.length = 0;
  }

  async close(): Promise<void> {
    for (const { dataSource } of this.#instances) await dataSource.destroy();
    await this.drop();
  }

  #logger(): Logger {
    return {
      logQuery: (query) => void this.statements.push(query),
      logQueryError: (error) => void this.errors.push(databaseErrorCode(error) ?? String(error)),
      logQuerySlow: () => undefined,
      logSchemaBuild: () => undefined,
      logMigration: () => undefined,
      log: () => undefined,
    };
  }
}
