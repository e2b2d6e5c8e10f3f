import { join } from 'node:path';
import { authEntities } from '@portcullis/nest';
import { AUTH_MIGRATIONS } from '@portcullis/nest/migrations';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { ServerEnvironment } from '../env';
import { InvoiceEntity } from '../invoices/invoice.entity';
import { SERVER_MIGRATIONS } from '../migrations/server-migrations';
import { DemoAccountEntity } from '../startup/demo-account.entity';

/** The database inside the embedded PostgreSQL. */
const EMBEDDED_DATABASE = 'portcullis';

/**
 * Milliseconds after which a request gives up waiting, with 503 (`docs/failures.md`): for a connection
 * of the pool or a new one, for a lock, for a statement, for a transaction that nobody goes on with,
 * and for an answer of a server that is there and silent. The last has to be longer than a statement
 * may take, because its connection is thrown away.
 */
const CONNECT_LIMIT = 2000;
const LOCK_LIMIT = 2000;
const STATEMENT_LIMIT = 5000;
const IDLE_TRANSACTION_LIMIT = 10_000;
const ANSWER_LIMIT = 7000;

/** Those that PostgreSQL keeps, for each connection. */
const SERVER_LIMITS = {
  lock_timeout: LOCK_LIMIT,
  statement_timeout: STATEMENT_LIMIT,
  idle_in_transaction_session_timeout: IDLE_TRANSACTION_LIMIT,
};

/** What TypeORM needs, and where the embedded PostgreSQL is started when there is no `url`. */
export type ServerDataSourceOptions = Extract<DataSourceOptions, { type: 'postgres' }> & {
  readonly embeddedDirectory: string;
};

/** How the server reaches its database. */
export function dataSourceOptions(environment: ServerEnvironment): ServerDataSourceOptions {
  const { url, poolSize, schema, pooler } = environment.database;
  return {
    type: 'postgres',
    url,
    embeddedDirectory: join(environment.dataDirectory, 'postgres'),
    applicationName: 'portcullis',
    entities: [...authEntities({ schema }), InvoiceEntity, DemoAccountEntity],
    migrations: [...AUTH_MIGRATIONS, ...SERVER_MIGRATIONS],
    migrationsTransactionMode: 'each',
    migrationsRun: false,
    synchronize: false,
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    poolSize,
    connectTimeoutMS: CONNECT_LIMIT,
    extra: {
      query_timeout: ANSWER_LIMIT,
      // pg sends these as startup parameters, which a pooler in transaction mode refuses.
      ...(pooler === 'transaction' ? {} : SERVER_LIMITS),
    },
  };
}

/** An embedded PostgreSQL in use; the last user's `stop` stops it. */
interface EmbeddedPostgres {
  connectionUrl(database?: string): string;
  stop(): Promise<void>;
}

/** A DataSource that brings its own PostgreSQL along where the environment names none. */
export class ServerDataSource extends DataSource {
  readonly #embedded?: EmbeddedPostgres;

  private constructor(options: ServerDataSourceOptions, embedded?: EmbeddedPostgres) {
    super(options);
    this.#embedded = embedded;
  }

  /** Not yet initialized, because Nest and TypeORM's command line each do that themselves. */
  static async prepare(options: ServerDataSourceOptions): Promise<ServerDataSource> {
    if (options.url !== undefined) return new ServerDataSource(options);
    const embedded = await startEmbedded(options.embeddedDirectory);
    const url = embedded.connectionUrl(EMBEDDED_DATABASE);
    return new ServerDataSource({ ...options, url }, embedded);
  }

  /** Connects and disconnects; the embedded PostgreSQL is started by whoever needs it. */
  static async probe(options: ServerDataSourceOptions): Promise<void> {
    const { url, connectTimeoutMS } = options;
    if (url === undefined) return;
    const extra = options.extra as object;
    const probe = new DataSource({ type: 'postgres', url, poolSize: 1, connectTimeoutMS, extra });
    await probe.initialize();
    await probe.destroy();
  }

  override async initialize(): Promise<this> {
    try {
      return await super.initialize();
    } catch (error) {
      await this.#embedded?.stop();
      throw error;
    }
  }

  override async destroy(): Promise<void> {
    try {
      await super.destroy();
    } finally {
      await this.#embedded?.stop();
    }
  }
}

/** Loaded only here: production installs no development dependencies. */
async function startEmbedded(dataDirectory: string): Promise<EmbeddedPostgres> {
  const { startDevPostgres } = await import('@portcullis/dev-postgres');
  return startDevPostgres({ dataDirectory, databases: [EMBEDDED_DATABASE] });
}
