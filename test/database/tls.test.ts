import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeDevPostgres, startDevPostgres, type DevPostgres } from '@portcullis/dev-postgres';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { AUTH_MIGRATIONS } from '../../migrations';
import { ChangeFeed } from '../../src/change-feed/change-feed';
import { Clock } from '../../src/clock/clock';
import { Database } from '../../src/database/database';
import { authEntities } from '../../src/entities';
import type { ChangeFeedOptions } from '../../src/options/change-feed-options';
import { testOptions } from '../support/auth-options';
import { hasOpenssl, makeCertificate, type TestCertificate } from '../support/certificates';
import { fromSetup } from '../support/test-server';

type Postgres = Extract<DataSourceOptions, { type: 'postgres' }>;

if (!hasOpenssl) console.warn('SKIPPED: TLS to PostgreSQL, because openssl is not installed');

const UNKNOWN_ISSUER = { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' };
const NO_TLS = { message: 'The server does not support SSL connections' };

(hasOpenssl ? describe : describe.skip)('CR-7: TLS to PostgreSQL', () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'portcullis-tls-postgres-'));
  const opened: { close(): Promise<void> }[] = [];
  let certificate: TestCertificate;
  let postgres: DevPostgres;

  beforeAll(async () => {
    // PostgreSQL refuses to run as root, and to read a key of others.
    certificate = makeCertificate(process.geteuid?.() === 0 ? 65534 : undefined);
    postgres = await startDevPostgres({
      dataDirectory,
      databases: ['tls'],
      durability: 'relaxed',
      settings: {
        ssl: 'on',
        ssl_cert_file: certificate.certificateFile,
        ssl_key_file: certificate.keyFile,
      },
    });
    const plain = new DataSource(pool({ url: urlWith() }, { migrations: AUTH_MIGRATIONS }));
    await plain.initialize();
    await plain.runMigrations();
    await plain.destroy();
  }, 60_000);

  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  afterAll(async () => {
    await postgres.stop();
    await removeDevPostgres(dataDirectory);
    certificate.remove();
  }, 60_000);

  const urlWith = (query = '', host = '127.0.0.1') =>
    `${postgres.connectionUrl('tls').replace('127.0.0.1', host)}${query}`;
  const trusted = () => `?sslmode=verify-full&sslrootcert=${certificate.caFile}`;

  function pool(how: Partial<Postgres>, more: Partial<Postgres> = {}): Postgres {
    return { type: 'postgres', entities: [...authEntities()], poolSize: 2, ...how, ...more };
  }

  async function openPool(how: Partial<Postgres>): Promise<DataSource> {
    const dataSource = await new DataSource(pool(how)).initialize();
    opened.push({ close: () => dataSource.destroy() });
    return dataSource;
  }

  async function startFeed(
    dataSource: DataSource,
    changeFeed: ChangeFeedOptions = {},
  ): Promise<void> {
    const feed = new ChangeFeed(new Database(dataSource), new Clock(), testOptions({ changeFeed }));
    opened.push({ close: () => feed.onModuleDestroy() });
    await feed.onModuleInit();
  }

  /** Whether each connection to the database is encrypted, as the server sees it. */
  async function encrypted(dataSource: DataSource): Promise<Record<string, boolean>> {
    const rows = await dataSource.query<{ name: string; ssl: boolean }[]>(
      `SELECT application_name AS name, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
       WHERE datname = 'tls'`,
    );
    return Object.fromEntries(rows.map(({ name, ssl }) => [name === '' ? 'pool' : name, ssl]));
  }

  const BOTH_ENCRYPTED = { pool: true, 'portcullis-change-feed': true };

  describe.each([
    ['the connection string', () => ({ url: urlWith(trusted()) })],
    ['the option ssl', () => ({ url: urlWith(), ssl: { ca: certificate.ca } })],
    ['the option extra', () => ({ url: urlWith(), extra: { ssl: { ca: certificate.ca } } })],
    [
      'the primary of a replicated DataSource',
      () => ({ replication: { master: { url: urlWith(trusted()) }, slaves: [] } }),
    ],
  ])('with its authority named by %s', (_, how) => {
    it('encrypts the pool and the connection of the change feed alike', async () => {
      const dataSource = await openPool(how());
      await startFeed(dataSource);
      expect(await encrypted(dataSource)).toEqual(BOTH_ENCRYPTED);
    });
  });

  it('encrypts the change feed by its own connection string', async () => {
    const dataSource = await openPool({ url: urlWith(trusted()) });
    await startFeed(dataSource, { listenUrl: urlWith(trusted()) });
    expect(await encrypted(dataSource)).toEqual(BOTH_ENCRYPTED);
  });

  it.each([
    ['verify-full', '?sslmode=verify-full'],
    ['verify-ca, which pg reads as verify-full', '?sslmode=verify-ca'],
    ['require, which pg reads as verify-full', '?sslmode=require'],
    ['ssl=true', '?ssl=true'],
  ])('refuses a certificate that nobody known vouches for: %s', async (_, query) => {
    await expect(openPool({ url: urlWith(query) })).rejects.toMatchObject(UNKNOWN_ISSUER);
    const reachable = await openPool({ url: urlWith(trusted()) });
    await expect(startFeed(reachable, { listenUrl: urlWith(query) })).rejects.toMatchObject(
      UNKNOWN_ISSUER,
    );
  });

  it('refuses it for the change feed where the pool was told not to look', async () => {
    const careless = await openPool({ url: urlWith('?sslmode=no-verify') });
    expect(await encrypted(careless)).toEqual({ pool: true });
    const listenUrl = urlWith('?sslmode=verify-full');
    await expect(startFeed(careless, { listenUrl })).rejects.toMatchObject(UNKNOWN_ISSUER);
  });

  it('refuses a certificate for another name, although its authority is known', async () => {
    const url = urlWith(trusted(), 'localhost');
    const wrongName = { code: 'ERR_TLS_CERT_ALTNAME_INVALID' };
    await expect(openPool({ url })).rejects.toMatchObject(wrongName);
    const reachable = await openPool({ url: urlWith(trusted()) });
    await expect(startFeed(reachable, { listenUrl: url })).rejects.toMatchObject(wrongName);
  });

  it('refuses a server in the middle that has no TLS', async () => {
    const url = `${fromSetup('adminUrl')}?sslmode=verify-full`;
    await expect(openPool({ url })).rejects.toMatchObject(NO_TLS);
    const reachable = await openPool({ url: urlWith(trusted()) });
    await expect(startFeed(reachable, { listenUrl: url })).rejects.toMatchObject(NO_TLS);
  });
});
