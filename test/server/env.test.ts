import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@portcullis/nest';
import { readEnvironment, type ServerEnvironment } from '../../server/env';
import type { Variables } from '../../server/env-reader';

const SECRET = 'n8Zr0vQ2xW5tLk7YpB3mHs6JdF9cGa1e';
const OTHER = 'Tq4Ue7RwXz1Cv9Nb3Ml6Kj8Hg2Fd5SaP';
const PEPPER = 'aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zC';

const PRODUCTION = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://api.example.org',
  DATABASE_URL: 'postgres://app:hunter2@db.internal:5432/app',
  PORTCULLIS_SECRETS: `${SECRET}, ${OTHER}`,
  PORTCULLIS_PEPPERS: `2:${PEPPER}`,
};

describe('the environment of the server', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'portcullis-env-'));
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  function development(variables: Variables = {}): ServerEnvironment {
    return readEnvironment({ PORTCULLIS_DATA_DIRECTORY: directory, ...variables });
  }

  function refusal(variables: Variables): ConfigurationError {
    try {
      readEnvironment({ PORTCULLIS_DATA_DIRECTORY: directory, ...variables });
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      return error as ConfigurationError;
    }
    throw new Error('The environment was accepted.');
  }

  it('needs nothing in development, and listens on the loopback only', () => {
    const environment = development();
    expect(environment).toMatchObject({
      mode: 'development',
      isProduction: false,
      host: '127.0.0.1',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      origins: ['http://localhost:3000'],
      database: { url: undefined, poolSize: 10, schema: 'auth', pooler: 'none' },
      administrator: { email: 'admin@example.test', password: undefined },
    });
    expect(environment.auth.secrets).toHaveLength(1);
    expect(environment.auth.passwordPeppers).toEqual([{ version: 1, secret: expect.any(String) }]);
  });

  it('is frozen, the options of the library included', () => {
    const { auth, origins, database, administrator } = development({ BCRYPT_COST: '11' });
    for (const part of [auth, auth.passwords, auth.secrets, origins, database, administrator]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('takes an empty variable for one that nobody set', () => {
    expect(development({ PORT: '', PUBLIC_URL: ' ', ORIGINS: '', BCRYPT_COST: '' })).toEqual(
      development(),
    );
  });

  it('reads production in full', () => {
    const environment = readEnvironment({
      ...PRODUCTION,
      PORT: '8080',
      ORIGINS: 'https://app.example.org, https://admin.example.org',
      PROXY_HOPS: '1',
      BCRYPT_COST: '13',
      THROTTLE_LOGIN_LIMIT: '1000000',
      GUESSING_SOURCE_CAP: '500',
      ACCESS_TOKEN_SECONDS: '300',
      SESSION_IDLE_SECONDS: '3600',
      DATABASE_LISTEN_URL: 'postgres://app@db.internal:5433/app',
      DATABASE_POOLER: 'transaction',
      DATABASE_SCHEMA: 'identity',
      PORTCULLIS_ADMIN_EMAIL: 'root@example.org',
      PORTCULLIS_ADMIN_PASSWORD: ' kept exactly as it is ',
    });
    expect(environment).toMatchObject({
      isProduction: true,
      host: '0.0.0.0',
      port: 8080,
      origins: ['https://app.example.org', 'https://admin.example.org'],
      database: { url: PRODUCTION.DATABASE_URL, schema: 'identity', pooler: 'transaction' },
      administrator: { email: 'root@example.org', password: ' kept exactly as it is ' },
      auth: {
        issuer: 'https://api.example.org',
        secrets: [SECRET, OTHER],
        passwordPeppers: [{ version: 2, secret: PEPPER }],
        proxyHops: 1,
        passwords: { cost: 13 },
        throttling: { login: { limit: 1_000_000 } },
        guessing: { sourceCap: 500 },
        accessTokens: { ttlSeconds: 300 },
        sessions: { idleTimeoutSeconds: 3600 },
        changeFeed: { listenUrl: 'postgres://app@db.internal:5433/app' },
      },
    });
  });

  it.each([
    ['NODE_ENV', 'staging', 'one of production, development, test'],
    ['PORT', '70000', 'from 0 to 65535'],
    ['PORT', '0x50', 'decimal digits'],
    ['PORT', '-1', 'decimal digits'],
    ['HOST', 'a b', 'host name'],
    ['PUBLIC_URL', 'api.example.org', 'http(s) URL'],
    ['PUBLIC_URL', 'https://api.example.org/', 'without query, fragment or trailing slash'],
    ['ORIGINS', '*', 'exact origin'],
    ['ORIGINS', 'https://app.example.org/', 'exact origin'],
    ['PROXY_HOPS', '11', 'from 0 to 10'],
    ['DATABASE_URL', 'mysql://root@localhost/app', 'postgres://'],
    ['DATABASE_LISTEN_URL', 'localhost:5432', 'postgres://'],
    ['DATABASE_POOL_SIZE', '1', 'from 2 to 500'],
    ['DATABASE_SCHEMA', 'auth"; DROP', 'identifier'],
    ['DATABASE_POOLER', 'session', 'one of none, transaction'],
    ['PORTCULLIS_ADMIN_EMAIL', 'root', 'e-mail address'],
    ['PORTCULLIS_ADMIN_PASSWORD', 'Tr0ub4dor', 'at least 15 characters'],
    ['SHUTDOWN_SECONDS', '0', 'from 1 to 300'],
    ['BCRYPT_COST', '9', 'from 10 to 15'],
    ['PASSWORD_MIN_LENGTH', '6', 'from 8 to 64'],
    ['HASH_THREADS', '65', 'from 0 to 64'],
    ['HASH_QUEUE_LIMIT', '0', 'from 1'],
    ['HASH_QUEUE_PER_SOURCE', '0', 'from 1'],
    ['HASH_WAIT_SECONDS', '0', 'from 1'],
    ['THROTTLE_LOGIN_LIMIT', '0', 'from 1'],
    ['THROTTLE_REFRESH_LIMIT', '0', 'from 1'],
    ['THROTTLE_ACCOUNT_LIMIT', '0', 'from 1'],
    ['THROTTLE_APPLICATION_LIMIT', 'many', 'decimal digits'],
    ['GUESSING_SOURCE_CAP', '1', 'from 5'],
    ['GUESSING_FREE_FAILURES', '0', 'from 1'],
    ['ACCESS_TOKEN_SECONDS', '3601', 'from 30 to 3600'],
    ['SESSION_IDLE_SECONDS', '1', 'from 60'],
    ['SESSION_ABSOLUTE_SECONDS', '1', 'from 300'],
    ['REFRESH_GRACE_SECONDS', '121', 'from 1 to 120'],
    ['ROTATE_MIN_INTERVAL_SECONDS', '121', 'from 0 to 120'],
    ['CHANGE_FEED_POLL_MILLISECONDS', '901', 'from 50 to 900'],
  ])('refuses %s=%s under the name of the variable', (name, value, bound) => {
    const { problems } = refusal({ [name]: value });
    const [problem, ...others] = problems;
    expect(problem?.option.replace(/\[\d+\]$/, '')).toBe(name);
    expect(problem?.bound).toContain(bound);
    expect(problem?.reason).not.toBe('');
    expect(others.filter(({ option }) => option.startsWith(name))).toEqual([]);
  });

  it('reports everything at once', () => {
    const { problems } = refusal({ PORT: 'x', BCRYPT_COST: '1', DATABASE_POOL_SIZE: '0' });
    expect(problems.map(({ option }) => option)).toEqual([
      'PORT',
      'DATABASE_POOL_SIZE',
      'BCRYPT_COST',
    ]);
  });

  it.each(['PUBLIC_URL', 'DATABASE_URL', 'PORTCULLIS_SECRETS', 'PORTCULLIS_PEPPERS'])(
    'CR-6: refuses to start in production without %s',
    (name) => {
      const { problems } = refusal({ ...PRODUCTION, [name]: undefined });
      expect(problems.map(({ option }) => option)).toEqual([name]);
    },
  );

  it.each([
    ['PORTCULLIS_SECRETS', 'short-but-random-Zr0vQ2xW5'],
    ['PORTCULLIS_SECRETS', 'a'.repeat(64)],
    ['PORTCULLIS_SECRETS', 'change-me-to-something-long-and-random'],
    ['PORTCULLIS_SECRETS', 'your-secret-key-0123456789-abcdefghijk'],
    ['PORTCULLIS_PEPPERS', '1:change-me-to-something-long-and-random'],
    ['PORTCULLIS_PEPPERS', '1:brief-Zr0vQ2xW5t'],
    ['PORTCULLIS_PEPPERS', PEPPER],
    ['PORTCULLIS_PEPPERS', `0:${PEPPER}`],
    ['PORTCULLIS_PEPPERS', `1:${SECRET}`],
  ])('CR-6: refuses a weak or copied %s and does not repeat it', (name, value) => {
    const error = refusal({ ...PRODUCTION, [name]: value });
    expect(error.problems.map(({ option }) => option.replace(/\[.*$/, ''))).toEqual([name]);
    const secret = value.slice(value.indexOf(':') + 1);
    expect(error.message).not.toContain(secret);
  });

  it('does not repeat the password of a database URL that it refuses', () => {
    const { message } = refusal({ DATABASE_URL: 'mysql://app:hunter2@db.internal/app' });
    expect(message).toContain('DATABASE_URL');
    expect(message).not.toContain('hunter2');
  });

  it('refuses a public URL in production that is not https, but for a trial on the loopback', () => {
    const { problems } = refusal({ ...PRODUCTION, PUBLIC_URL: 'http://api.example.org' });
    expect(problems.map(({ option }) => option)).toEqual(['PUBLIC_URL']);
    const local = readEnvironment({ ...PRODUCTION, PUBLIC_URL: 'http://localhost:3000' });
    expect(local.publicUrl).toBe('http://localhost:3000');
  });
});
