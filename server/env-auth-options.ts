import { randomBytes } from 'node:crypto';
import {
  ConfigurationError,
  LogMessageSender,
  resolveAuthOptions,
  type AuthOptions,
  type PasswordPepper,
  type ResourceServer,
} from '@portcullis/nest';
import { developmentSecrets } from './development-secrets';
import type { EnvironmentReader } from './env-reader';

/** Variables that hold a whole number, and the option of the library that each one sets. */
export const AUTH_NUMBERS = {
  PROXY_HOPS: 'proxyHops',
  ACCESS_TOKEN_SECONDS: 'accessTokens.ttlSeconds',
  KEY_ROTATION_DAYS: 'signingKeys.rotateAfterDays',
  KEY_PUBLISH_AHEAD_SECONDS: 'signingKeys.publishAheadSeconds',
  SESSION_IDLE_SECONDS: 'sessions.idleTimeoutSeconds',
  SESSION_ABSOLUTE_SECONDS: 'sessions.absoluteTimeoutSeconds',
  REFRESH_GRACE_SECONDS: 'sessions.refreshGraceSeconds',
  ROTATE_MIN_INTERVAL_SECONDS: 'sessions.rotateMinIntervalSeconds',
  SESSIONS_PER_ACCOUNT: 'sessions.maxPerAccount',
  PASSWORD_MIN_LENGTH: 'passwords.minLength',
  BCRYPT_COST: 'passwords.cost',
  HASH_THREADS: 'passwords.hashThreads',
  HASH_QUEUE_LIMIT: 'passwords.hashQueueLimit',
  HASH_QUEUE_PER_SOURCE: 'passwords.hashQueuePerSource',
  HASH_WAIT_SECONDS: 'passwords.hashWaitSeconds',
  THROTTLE_LOGIN_LIMIT: 'throttling.login.limit',
  THROTTLE_REFRESH_LIMIT: 'throttling.refresh.limit',
  THROTTLE_TOKENS_LIMIT: 'throttling.tokens.limit',
  THROTTLE_PAGES_LIMIT: 'throttling.pages.limit',
  THROTTLE_ACCOUNT_LIMIT: 'throttling.account.limit',
  THROTTLE_APPLICATION_LIMIT: 'throttling.application.limit',
  GUESSING_FREE_FAILURES: 'guessing.freeFailures',
  GUESSING_SOURCE_CAP: 'guessing.sourceCap',
  CHANGE_FEED_POLL_MILLISECONDS: 'changeFeed.pollMilliseconds',
  CLEAN_UP_MINUTES: 'housekeeping.intervalMinutes',
  ENDED_SESSION_DAYS: 'housekeeping.endedSessionDays',
  AUDIT_MONTHS: 'housekeeping.auditMonths',
} as const;

/** Variables that hold text, and the option that each one sets. */
export const AUTH_TEXTS = {
  PUBLIC_URL: 'issuer',
  ORIGINS: 'origins',
  PORTCULLIS_SECRETS: 'secrets',
  PORTCULLIS_PEPPERS: 'passwordPeppers',
  SIGNING_ALGORITHM: 'signingKeys.algorithm',
  RESOURCE_SERVERS: 'resourceServers',
  DATABASE_LISTEN_URL: 'changeFeed.listenUrl',
  REDIS_URL: 'redis.url',
  SESSION_LIMIT: 'sessions.atLimit',
  SESSION_SAME_SITE: 'cookies.sessionSameSite',
  TENANT_SOURCE: 'tenancy.source',
  TENANT_HEADER: 'tenancy.header',
  TENANT_DOMAIN: 'tenancy.domain',
  SMTP_URL: 'delivery.smtpUrl',
  MAIL_FROM: 'delivery.from',
  ACCOUNT_URL: 'delivery.accountUrl',
} as const;

interface Given {
  readonly pooler: 'none' | 'transaction';
  readonly isProduction: boolean;
  readonly publicUrl: string;
  readonly origins: readonly string[] | undefined;
  readonly dataDirectory: string;
}

/**
 * Builds the options of the library. It lets the library judge them, whose bounds stand in one
 * place only, and tells each complaint under the name of the variable that caused it.
 */
export function readAuthOptions(reader: EnvironmentReader, given: Given): AuthOptions {
  const options: Record<string, unknown> = { issuer: given.publicUrl, origins: given.origins };
  for (const [variable, path] of Object.entries(AUTH_NUMBERS)) {
    place(options, path, reader.wholeNumber(variable));
  }
  place(options, AUTH_TEXTS.SIGNING_ALGORITHM, reader.text('SIGNING_ALGORITHM'));
  place(options, AUTH_TEXTS.DATABASE_LISTEN_URL, reader.text('DATABASE_LISTEN_URL'));
  const listens = given.pooler === 'none' || reader.text('DATABASE_LISTEN_URL') !== undefined;
  // A pooler in transaction mode brings no notifications.
  if (!listens) place(options, 'changeFeed.listen', false);
  place(options, AUTH_TEXTS.REDIS_URL, reader.text('REDIS_URL'));
  place(options, AUTH_TEXTS.SESSION_LIMIT, reader.text('SESSION_LIMIT'));
  place(options, AUTH_TEXTS.SESSION_SAME_SITE, reader.text('SESSION_SAME_SITE'));
  place(options, AUTH_TEXTS.TENANT_SOURCE, reader.text('TENANT_SOURCE') ?? 'header');
  place(options, AUTH_TEXTS.TENANT_HEADER, reader.text('TENANT_HEADER'));
  place(options, AUTH_TEXTS.TENANT_DOMAIN, reader.text('TENANT_DOMAIN'));
  placeDelivery(reader, options, given);
  options[AUTH_TEXTS.PORTCULLIS_SECRETS] = readSecrets(reader, given);
  options[AUTH_TEXTS.PORTCULLIS_PEPPERS] = readPeppers(reader, given);
  place(options, AUTH_TEXTS.RESOURCE_SERVERS, readResourceServers(reader));
  const auth = freeze(options) as unknown as AuthOptions;
  try {
    resolveAuthOptions(auth);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const problem of error.problems) {
      reader.refuse({ ...problem, option: variableOf(problem.option) });
    }
  }
  return auth;
}

/** Without a mail server mails are printed in development, and in production there are none. */
function placeDelivery(
  reader: EnvironmentReader,
  options: Record<string, unknown>,
  { isProduction }: Given,
): void {
  const smtpUrl = reader.text('SMTP_URL');
  const from = reader.text('MAIL_FROM');
  const accountUrl = reader.text('ACCOUNT_URL');
  if (smtpUrl === undefined && isProduction) return;
  place(options, AUTH_TEXTS.ACCOUNT_URL, accountUrl);
  place(options, AUTH_TEXTS.MAIL_FROM, from ?? (isProduction ? undefined : DEVELOPMENT_FROM));
  place(options, AUTH_TEXTS.SMTP_URL, smtpUrl);
  if (smtpUrl === undefined) place(options, 'delivery.sender', new LogMessageSender());
}

const DEVELOPMENT_FROM = 'Portcullis <portcullis@localhost>';

function readSecrets(reader: EnvironmentReader, given: Given): readonly string[] | undefined {
  const secrets = reader.list('PORTCULLIS_SECRETS');
  if (secrets !== undefined || given.isProduction) return secrets;
  return developmentSecrets(given.dataDirectory).secrets;
}

function readPeppers(
  reader: EnvironmentReader,
  given: Given,
): readonly PasswordPepper[] | undefined {
  const entries = reader.list('PORTCULLIS_PEPPERS');
  if (entries === undefined) {
    return given.isProduction ? undefined : developmentSecrets(given.dataDirectory).peppers;
  }
  return entries.map((entry, index) => {
    const [, version, secret] = /^(\d{1,5}):(.*)$/s.exec(entry) ?? [];
    if (version !== undefined && secret !== undefined) return { version: Number(version), secret };
    reader.refuse({
      option: `PORTCULLIS_PEPPERS[${index}]`,
      bound: 'a version, a colon and a secret, such as 1:…',
      reason: 'a hash names its pepper by version',
    });
    // Stands in for the refused entry, whose text may be the bare secret.
    return { version: index + 1, secret: randomBytes(32).toString('base64url') };
  });
}

/** `orders:secret,orders:previous`: the secrets of one client stand behind each other. */
function readResourceServers(reader: EnvironmentReader): readonly ResourceServer[] | undefined {
  const entries = reader.list('RESOURCE_SERVERS');
  if (entries === undefined) return undefined;
  const secrets = new Map<string, string[]>();
  entries.forEach((entry, index) => {
    const [, clientId, secret] = /^([^:]+):(.+)$/s.exec(entry) ?? [];
    if (clientId === undefined || secret === undefined) {
      reader.refuse({
        option: `RESOURCE_SERVERS[${index}]`,
        bound: 'a client id, a colon and a secret, such as orders:…',
        reason: 'a resource server proves with its secret who it is',
      });
    } else {
      secrets.set(clientId, [...(secrets.get(clientId) ?? []), secret]);
    }
  });
  return [...secrets].map(([clientId, own]) => ({ clientId, secrets: own }));
}

function place(target: Record<string, unknown>, path: string, value: unknown): void {
  if (value === undefined) return;
  const [head = '', ...rest] = path.split('.');
  if (rest.length === 0) {
    target[head] = value;
    return;
  }
  const section = (target[head] ??= {}) as Record<string, unknown>;
  place(section, rest.join('.'), value);
}

/** `secrets[0]` becomes `PORTCULLIS_SECRETS[0]`; an option that no variable sets keeps its name. */
function variableOf(option: string): string {
  const [path = option] = option.split('[');
  const found = Object.entries({ ...AUTH_NUMBERS, ...AUTH_TEXTS }).find(([, own]) => own === path);
  return found === undefined ? option : `${found[0]}${option.slice(path.length)}`;
}

function freeze<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) freeze(member as object);
  }
  return Object.freeze(value);
}
