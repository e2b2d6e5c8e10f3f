import { resolve } from 'node:path';
import { resolveAuthOptions, type AuthOptions } from '@portcullis/nest';
import { readAuthOptions } from './env-auth-options';
import { EnvironmentReader, type Variables } from './env-reader';
import { LOG_LEVELS } from './server-logger';

/** Token under which the environment is injected. It shares its name with the type. */
export const ServerEnvironment = Symbol('ServerEnvironment');

/** Everything that is configured from outside: complete, checked and frozen. */
export interface ServerEnvironment {
  readonly mode: 'production' | 'development' | 'test';
  readonly isProduction: boolean;
  /** The web framework below Nest. */
  readonly adapter: 'express' | 'fastify';
  /** Whether there are pages for browsers without script. */
  readonly forms: 'on' | 'off';
  /** The address the server listens on. */
  readonly host: string;
  /** The TCP port; 0 lets the operating system choose. */
  readonly port: number;
  /** Where clients reach the server; it is the issuer of the tokens. */
  readonly publicUrl: string;
  /** Exact origins whose pages may call the API with credentials. */
  readonly origins: readonly string[];
  readonly database: DatabaseEnvironment;
  /** Where development keeps its generated secrets and the embedded PostgreSQL. */
  readonly dataDirectory: string;
  readonly administrator: {
    readonly email: string;
    readonly password?: string;
    /** Whether the environment names one or both. */
    readonly isGiven: boolean;
  };
  /** Seconds that a stopping server, no longer ready, serves on. */
  readonly drainSeconds: number;
  /** Seconds that a shutdown waits for requests under way. */
  readonly shutdownSeconds: number;
  /** How much is written to the log. */
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Where metrics are served; nothing is measured without it. */
  readonly metrics?: { readonly host: string; readonly port: number };
  /** What the library is configured with. */
  readonly auth: AuthOptions;
}

export interface DatabaseEnvironment {
  /** Without it (never in production) the embedded PostgreSQL is started. */
  readonly url?: string;
  readonly poolSize: number;
  /** Seconds that a start waits for a database that is away or full. */
  readonly waitSeconds: number;
  /** The schema of the tables of Portcullis. */
  readonly schema: string;
  /**
   * `transaction` where a pooler in transaction mode stands in front of PostgreSQL: it refuses
   * startup parameters, so the time limits have to be set on the role there.
   */
  readonly pooler: 'none' | 'transaction';
}

const PORT = { default: 3000, min: 0, max: 65_535, reason: 'it is a TCP port; 0 picks a free one' };

const POOL_SIZE = {
  default: 10,
  min: 2,
  max: 500,
  reason: 'migrating needs two connections, and all instances share max_connections',
};

const WAIT_SECONDS = {
  default: 60,
  min: 0,
  max: 3600,
  reason: 'a supervisor has to learn at last that an instance does not start',
};

const SHUTDOWN_SECONDS = {
  default: 10,
  min: 1,
  max: 300,
  reason: 'the supervisor kills a process that takes longer than its own limit',
};

const DRAIN_SECONDS = {
  min: 0,
  max: 120,
  reason: 'the supervisor kills a process that takes longer than its own limit',
};

const SCHEMA = {
  pattern: /^[a-z_][a-z0-9_]{0,62}$/,
  bound: 'a lower-case PostgreSQL identifier of at most 63 characters',
  reason: 'it is the schema of the tables',
};

const EMAIL = {
  pattern: /^[^\s@]+@[^\s@]+$/,
  bound: 'an e-mail address',
  reason: 'the first administrator signs in with it',
};

const HOST = {
  pattern: /^[A-Za-z0-9.:_-]+$/,
  bound: 'a host name or an IP address',
  reason: 'the server binds to it',
};

/**
 * Reads the environment of this process. No other file of the server looks at `process.env`.
 *
 * @throws ConfigurationError that names every variable in the wrong, and never shows a secret
 */
export function readEnvironment(variables: Variables = process.env): ServerEnvironment {
  const reader = new EnvironmentReader(variables);
  const modes = ['production', 'development', 'test'] as const;
  const mode = reader.oneOf('NODE_ENV', modes, 'development');
  const isProduction = mode === 'production';
  const port = reader.number('PORT', PORT);
  const publicUrl = readPublicUrl(reader, isProduction, port);
  const dataDirectory = resolve(reader.text('PORTCULLIS_DATA_DIRECTORY') ?? '.data');
  const origins = reader.list('ORIGINS');
  const environment: Omit<ServerEnvironment, 'auth'> = {
    mode,
    isProduction,
    adapter: reader.oneOf('ADAPTER', ['express', 'fastify'], 'express'),
    forms: readForms(reader),
    host: reader.matching('HOST', HOST) ?? (isProduction ? '0.0.0.0' : '127.0.0.1'),
    port,
    publicUrl,
    origins: Object.freeze(origins ?? originOf(publicUrl)),
    database: Object.freeze(readDatabase(reader, isProduction)),
    dataDirectory,
    administrator: Object.freeze({
      email: reader.matching('PORTCULLIS_ADMIN_EMAIL', EMAIL) ?? 'admin@example.test',
      password: variables['PORTCULLIS_ADMIN_PASSWORD'] || undefined,
      isGiven: ['PORTCULLIS_ADMIN_EMAIL', 'PORTCULLIS_ADMIN_PASSWORD'].some(
        (name) => reader.text(name) !== undefined,
      ),
    }),
    drainSeconds: reader.number('DRAIN_SECONDS', {
      ...DRAIN_SECONDS,
      default: isProduction ? 5 : 0,
    }),
    shutdownSeconds: reader.number('SHUTDOWN_SECONDS', SHUTDOWN_SECONDS),
    logLevel: reader.oneOf('LOG_LEVEL', LOG_LEVELS, isProduction ? 'log' : 'debug'),
    metrics: readMetrics(reader),
  };
  const auth = readAuthOptions(reader, {
    isProduction,
    publicUrl,
    origins,
    dataDirectory,
    pooler: environment.database.pooler,
  });
  reader.finish();
  refuseShortPassword(reader, environment.administrator.password, auth);
  reader.finish();
  return Object.freeze({ ...environment, auth });
}

/**
 * Whether there are forms. It decides which modules exist, so it is asked when they are declared, before
 * {@link readEnvironment} judges it.
 */
export function hasForms(variables: Variables = process.env): boolean {
  return readForms(new EnvironmentReader(variables)) === 'on';
}

function readForms(reader: EnvironmentReader): ServerEnvironment['forms'] {
  return reader.oneOf('FORMS', ['on', 'off'], 'on');
}

/** Judged last, because its bound is one of the options. */
function refuseShortPassword(
  reader: EnvironmentReader,
  password: string | undefined,
  auth: AuthOptions,
): void {
  const { minLength } = resolveAuthOptions(auth).passwords;
  if (password === undefined || Array.from(password).length >= minLength) return;
  reader.refuse({
    option: 'PORTCULLIS_ADMIN_PASSWORD',
    bound: `at least ${minLength} characters (PASSWORD_MIN_LENGTH)`,
    reason: 'the first administrator has to meet the policy that everybody meets',
  });
}

/** The loopback is a secure context for browsers, so a trial on one machine may go without TLS. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

function readPublicUrl(reader: EnvironmentReader, isProduction: boolean, port: number): string {
  const given = reader.text('PUBLIC_URL');
  if (given === undefined && !isProduction) {
    return port === 0 ? 'http://localhost' : `http://localhost:${port}`;
  }
  const url = given !== undefined && URL.canParse(given) ? new URL(given) : undefined;
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
  if (given === undefined || (isProduction && url !== undefined && !isSafe)) {
    reader.refuse({
      option: 'PUBLIC_URL',
      ...(given === undefined ? {} : { value: JSON.stringify(given) }),
      bound: 'the https URL under which clients reach this server',
      reason: 'it is the issuer of every token, and passwords must not travel in the clear',
    });
  }
  // Refused already: the library must not complain a second time.
  return given ?? 'https://refused.invalid';
}

/** The loopback by default: whoever reaches the port reads the metrics. */
function readMetrics(reader: EnvironmentReader): ServerEnvironment['metrics'] {
  const host = reader.matching('METRICS_HOST', HOST) ?? '127.0.0.1';
  if (reader.text('METRICS_PORT') === undefined) return undefined;
  return Object.freeze({ host, port: reader.number('METRICS_PORT', PORT) });
}

function originOf(publicUrl: string): readonly string[] {
  return URL.canParse(publicUrl) ? [new URL(publicUrl).origin] : [];
}

function readDatabase(reader: EnvironmentReader, isProduction: boolean): DatabaseEnvironment {
  const url = reader.databaseUrl('DATABASE_URL');
  if (isProduction && reader.text('DATABASE_URL') === undefined) {
    reader.refuse({
      option: 'DATABASE_URL',
      bound: 'a URL such as postgres://user@host:5432/database',
      reason: 'the embedded PostgreSQL serves development and tests only',
    });
  }
  return {
    url,
    poolSize: reader.number('DATABASE_POOL_SIZE', POOL_SIZE),
    waitSeconds: reader.number('DATABASE_WAIT_SECONDS', WAIT_SECONDS),
    schema: reader.matching('DATABASE_SCHEMA', SCHEMA) ?? 'auth',
    pooler: reader.oneOf('DATABASE_POOLER', ['none', 'transaction'], 'none'),
  };
}
