import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeDevPostgres, startDevPostgres, type DevPostgres } from '@portcullis/dev-postgres';
import { ask, codeOf, temporaryFolder } from './installation';

describe('a server of our own', () => {
  const dataDirectory = temporaryFolder();
  const listeners = process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
  let server: DevPostgres;

  beforeAll(async () => {
    server = await startDevPostgres({
      dataDirectory,
      databases: ['app', 'other "one"'],
      durability: 'relaxed',
      settings: { log_statement: 'all', application_name: "it's a test" },
    });
  }, 60_000);
  afterAll(() => removeDevPostgres(dataDirectory));

  /** Connects to a database and stays; `code` tells how the connection ended. */
  async function occupy(database: string): Promise<{ readonly code: Promise<unknown> }> {
    const code = codeOf(ask(server.connectionUrl(database), 'SELECT pg_sleep(60)'));
    const count = `SELECT count(*) FROM pg_stat_activity WHERE datname = '${database}'`;
    while ((await ask(server.connectionUrl(), count)) === '0');
    return { code };
  }

  it('starts PostgreSQL 15 or later, in UTF-8, under locale C and in UTC', async () => {
    expect(server.startedHere).toBe(true);
    const url = server.connectionUrl('app');
    expect(Number(await ask(url, 'SHOW server_version_num'))).toBeGreaterThanOrEqual(150_000);
    expect(await ask(url, 'SHOW server_encoding')).toBe('UTF8');
    const collate = 'SELECT datcollate FROM pg_database WHERE datname = current_database()';
    expect(await ask(url, collate)).toBe('C');
    expect(await ask(url, 'SHOW timezone')).toBe('UTC');
  });

  it('creates the databases it was told to, whatever their names hold', async () => {
    const url = server.connectionUrl('other "one"');
    expect(await ask(url, 'SELECT current_database()')).toBe('other "one"');
  });

  it('passes the settings on, and keeps synchronous_commit where durability is relaxed', async () => {
    const url = server.connectionUrl();
    expect(await ask(url, 'SHOW log_statement')).toBe('all');
    expect(await ask(url, 'SHOW fsync')).toBe('off');
    expect(await ask(url, 'SHOW synchronous_commit')).toBe('on');
    expect(await ask(url, 'SHOW max_connections')).toBe('200');
  });

  it('is reached on 127.0.0.1 alone, by TCP, on the port that the URL names', async () => {
    const url = server.connectionUrl();
    expect(new URL(url).port).toBe(String(server.port));
    expect(await ask(url, 'SHOW listen_addresses')).toBe('127.0.0.1');
    expect(await ask(url, 'SHOW unix_socket_directories')).toBe('');
  });

  it('lets nobody in without the password, and asks for it by scram-sha-256 only', async () => {
    const wrong = new URL(server.connectionUrl());
    wrong.password = 'wrong';
    expect(await codeOf(ask(wrong.toString(), 'SELECT 1'))).toBe('28P01');
    const rules = 'SELECT string_agg(DISTINCT auth_method, $$,$$) FROM pg_hba_file_rules';
    expect(await ask(server.connectionUrl(), rules)).toBe('scram-sha-256');
  });

  it('keeps the password in a file that only the server’s user can read', () => {
    const file = join(dataDirectory, 'cluster', 'dev-postgres.password');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe(new URL(server.connectionUrl()).password);
    expect(statSync(join(dataDirectory, 'cluster')).mode & 0o077).toBe(0);
  });

  it('copies a template with its tables and rows, and deletes a database that is in use', async () => {
    await server.createDatabase('template');
    await ask(server.connectionUrl('template'), 'CREATE TABLE t AS SELECT 42 AS answer');
    await server.createDatabase('copy', { template: 'template' });
    expect(await ask(server.connectionUrl('copy'), 'SELECT answer FROM t')).toBe(42);

    const ended = await occupy('copy');
    await server.dropDatabase('copy');
    expect(await ended.code).toBe('57P01');
    await server.dropDatabase('copy');
    expect(await codeOf(ask(server.connectionUrl('copy'), 'SELECT 1'))).toBe('3D000');
  });

  it.each([
    ['database_exists', () => server.createDatabase('app')],
    ['template_not_found', () => server.createDatabase('x', { template: 'nowhere' })],
    ['database_name_invalid', () => server.createDatabase('')],
    ['database_name_invalid', () => server.createDatabase('ä'.repeat(32))],
    ['database_name_invalid', () => server.dropDatabase('a\0b')],
  ])('answers %s', async (code, action) => {
    await expect(action()).rejects.toMatchObject({ name: 'DevPostgresError', code });
  });

  it('answers template_in_use while somebody is connected to the template', async () => {
    const busy = await occupy('app');
    // PostgreSQL itself waits 5 s for the connection to end.
    await expect(server.createDatabase('x', { template: 'app' })).rejects.toMatchObject({
      code: 'template_in_use',
    });
    await ask(
      server.connectionUrl(),
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'app'",
    );
    expect(await busy.code).toBe('57P01');
  });

  it('installs no signal handler of its own', () => {
    const now = process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
    expect(now).toBe(listeners);
  });

  it('answers data_directory_incompatible for a cluster of another major version', async () => {
    const other = temporaryFolder();
    await (await startDevPostgres({ dataDirectory: other })).stop();
    writeFileSync(join(other, 'cluster', 'PG_VERSION'), '9\n');
    await expect(startDevPostgres({ dataDirectory: other })).rejects.toMatchObject({
      code: 'data_directory_incompatible',
      message: expect.stringContaining('PostgreSQL 9') as string,
    });
    await removeDevPostgres(other);
  }, 60_000);

  it('answers start_failed with the words of PostgreSQL', async () => {
    const other = temporaryFolder();
    const start = startDevPostgres({ dataDirectory: other, settings: { wal_level: 'nonsense' } });
    await expect(start).rejects.toMatchObject({
      code: 'start_failed',
      message: expect.stringContaining('nonsense') as string,
    });
    await removeDevPostgres(other);
  }, 60_000);
});
