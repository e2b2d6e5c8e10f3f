import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from 'node:http';
import { NestFactory } from '@nestjs/core';
import request from 'supertest';
import { ChangeFeed } from '@portcullis/nest';
import { AUTH_MIGRATIONS } from '@portcullis/nest/migrations';
import { AppModule } from '../../server/app.module';
import { SERVER_MIGRATIONS } from '../../server/migrations/server-migrations';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { execute } from '../support/test-server';
import { record, type Input, type Recording } from './recording-terminal';

const APP = ['--app', 'server/app.module.ts#AppModule'];
const PASSWORD = 'a long and unlikely pass phrase 7';

jest.setTimeout(60_000);

describe('the command line on the reference server', () => {
  let database: TestDatabase;
  let directory: string;

  beforeAll(async () => {
    database = await emptyDatabase();
    directory = mkdtempSync(join(tmpdir(), 'portcullis-command-line-'));
    Object.assign(process.env, {
      NODE_ENV: 'test',
      DATABASE_URL: database.url,
      PORTCULLIS_DATA_DIRECTORY: directory,
      BCRYPT_COST: '10',
    });
  });

  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await database.drop();
  });

  function run(args: readonly string[], input?: Input): Promise<Recording> {
    return record([...APP, ...args], input);
  }

  async function json(args: readonly string[], input?: Input): Promise<Record<string, unknown>> {
    const { exitCode, stdout, stderr } = await run([...args, '--json'], input);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  function account(email: string): Promise<readonly Record<string, unknown>[]> {
    return execute(database.url, `SELECT * FROM auth.accounts WHERE email = '${email}'`);
  }

  const all = AUTH_MIGRATIONS.length + SERVER_MIGRATIONS.length;

  it('tells which migrations are pending on a database without a table, and changes nothing', async () => {
    expect(await json(['migrate:status'])).toMatchObject({ pending: all });
    const tables = await execute(
      database.url,
      `SELECT 1 FROM pg_tables WHERE schemaname IN ('public', 'auth')`,
    );
    expect(tables).toEqual([]);
  });

  it('applies the migrations of the library and of the application, and prints each', async () => {
    const first = await run(['migrate']);
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.stdout.trim().split('\n')).toHaveLength(all);
    expect(first.stdout).toContain('applied CreateInvoices1790000100000');
    const second = await run(['migrate']);
    expect(second).toMatchObject({ exitCode: 0, stdout: 'The database is up to date.\n' });
    const status = await run(['migrate:status']);
    expect(status.stdout).toMatch(/0 pending\n$/);
  });

  it('LG-11: makes the first administrator once and never again', async () => {
    const args = ['create-admin', '--email', 'root@example.test', '--password-stdin'];
    const made = await json(args, { stdin: `${PASSWORD}\n` });
    expect(made).toEqual({ id: expect.any(String), email: 'root@example.test' });
    const again = await run(
      ['create-admin', '--email', 'second@example.test', '--password-stdin'],
      { stdin: PASSWORD },
    );
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toMatch(/^portcullis: conflict: /);
    expect(await account('second@example.test')).toEqual([]);
  });

  it('makes an account with a generated password, and prints it once', async () => {
    const made = await run(['create-account', '--email', 'one@example.test', '--generate']);
    expect(made.exitCode).toBe(0);
    expect(made.stdout).toMatch(/shown this once: [\w-]{24}\n$/);
    const [stored] = await account('one@example.test');
    expect(stored).toMatchObject({ email_verified_at: expect.any(Date), status: 'active' });
  });

  it('asks for a password on a terminal without showing it', async () => {
    const typed = [`${PASSWORD}\r`, `${PASSWORD}\r`];
    const args = ['create-account', '--email', 'typed@example.test', '--unverified'];
    const made = await run(args, { typed });
    expect(made.exitCode).toBe(0);
    expect(made.stdout + made.stderr).not.toContain(PASSWORD);
    const [stored] = await account('typed@example.test');
    expect(stored).toMatchObject({ email_verified_at: null });
    expect(String(stored?.['password_hash'])).not.toContain(PASSWORD);
  });

  it.each([
    ['two that differ', [`${PASSWORD}\r`, 'something else\r'], /passwords differ/],
    ['an interruption', ['half a pass\u0003'], /No password was given/],
  ])('makes no account after %s on a terminal', async (_what, typed, message) => {
    const args = ['create-account', '--email', 'never@example.test'];
    const { exitCode, stderr } = await run(args, { typed });
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(message) });
    expect(await account('never@example.test')).toEqual([]);
  });

  it('explains in one line each what is wrong with a password', async () => {
    const args = ['create-account', '--email', 'weak@example.test', '--password-stdin'];
    const { exitCode, stdout, stderr } = await run(args, { stdin: 'short' });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^portcullis: password_policy: .+\n {2}- password .+\n/);
    expect(stderr).not.toContain('short\n');
  });

  it('reports failures as JSON where the output is to be JSON', async () => {
    const args = ['create-account', '--email', 'root@example.test', '--generate', '--json'];
    const { exitCode, stdout, stderr } = await run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'conflict', message: expect.any(String) },
    });
  });

  it('assigns a role, refuses what is kept apart, and takes the role away again', async () => {
    const who = ['--email', 'One@Example.test'];
    const assigned = await run(['assign', ...who, '--role', 'clerk', '--reason', 'new hire']);
    expect(assigned).toMatchObject({ exitCode: 0, stderr: '' });
    expect(assigned.stdout).toMatch(/^assigned clerk: one@example\.test \(/);
    const refused = await run(['assign', ...who, '--role', 'approver']);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/^portcullis: separation_of_duty: /);
    expect(await run(['unassign', ...who, '--role', 'clerk'])).toMatchObject({ exitCode: 0 });
    expect(await run(['assign', ...who, '--role', 'approver'])).toMatchObject({ exitCode: 0 });
    const held = await execute(
      database.url,
      `SELECT r.name FROM auth.assignments s JOIN auth.roles r ON r.id = s.role_id
       JOIN auth.accounts a ON a.id = s.account_id WHERE a.email = 'one@example.test'`,
    );
    expect(held).toEqual([{ name: 'approver' }]);
  });

  it('says which roles there are when one does not exist, and what the account already holds', async () => {
    const who = ['--email', 'one@example.test'];
    expect(await run(['assign', ...who, '--role', 'nonsense'])).toMatchObject({
      exitCode: 1,
      stderr:
        'portcullis: not_found: There is no role nonsense. Known roles: administrator, approver, clerk, manager, viewer.\n',
    });
    expect(await run(['assign', ...who, '--role', 'approver'])).toMatchObject({
      exitCode: 1,
      stderr: 'portcullis: conflict: The account already holds approver.\n',
    });
  });

  it('neither disables the last administrator nor takes the role away, and either once there is another', async () => {
    const root = ['--email', 'root@example.test'];
    const away = ['unassign', ...root, '--role', 'administrator'];
    for (const args of [['disable', ...root], away]) {
      const { exitCode, stderr } = await run(args);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringMatching(/^portcullis: last_administrator: /),
      });
    }
    expect(await account('root@example.test')).toMatchObject([{ status: 'active' }]);
    // One whose address is not verified cannot sign in, so it is not another.
    const pending = ['--email', 'typed@example.test', '--role', 'administrator'];
    expect(await run(['assign', ...pending])).toMatchObject({ exitCode: 0 });
    expect(await run(['disable', ...root])).toMatchObject({ exitCode: 1 });
    expect(await run(['unassign', ...pending])).toMatchObject({ exitCode: 0 });
    const second = ['--email', 'second@example.test'];
    const stdin = { stdin: PASSWORD };
    expect(await run(['create-account', ...second, '--password-stdin'], stdin)).toMatchObject({
      exitCode: 0,
    });
    const other = [...second, '--role', 'administrator'];
    expect(await run(['assign', ...other])).toMatchObject({ exitCode: 0 });
    expect(await run(['disable', ...root])).toMatchObject({ exitCode: 0 });
    // A disabled administrator is none: the other one is now the last.
    expect(await run(['unassign', ...other])).toMatchObject({ exitCode: 1 });
    expect(await run(['enable', ...root])).toMatchObject({ exitCode: 0 });
    expect(await run(['unassign', ...other])).toMatchObject({ exitCode: 0 });
  });

  it('lets in again an account that guesses had closed, and puts that on record', async () => {
    const email = 'locked@example.test';
    await run(['create-account', '--email', email, '--password-stdin'], { stdin: PASSWORD });
    const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
    try {
      await app.init();
      const login = async (password: string): Promise<number> => {
        const sent = { email, password, transport: 'body' };
        return (
          await request(app.getHttpServer() as Server)
            .post('/auth/login')
            .send(sent)
        ).status;
      };
      expect(await login('a wrong guess')).toBe(401);
      await execute(
        database.url,
        `UPDATE auth.guesses SET failures = 100 WHERE lane = 'unknown_device'`,
      );
      expect(await login(PASSWORD)).toBe(429);
      const unlocked = await run(['unlock', '--email', 'Locked@example.test']);
      expect(unlocked).toMatchObject({ exitCode: 0, stderr: '' });
      expect(unlocked.stdout).toMatch(/^unlocked locked@example\.test \(/);
      expect(await login(PASSWORD)).toBe(200);
    } finally {
      await app.close();
    }
    const events = await execute(
      database.url,
      `SELECT e.outcome FROM auth.audit_events e JOIN auth.accounts a ON a.id = e.account_id
       WHERE e.action = 'authn_login_unlock' AND a.email = '${email}'`,
    );
    expect(events).toEqual([{ outcome: 'success' }]);
  });

  it('SS-7: signs everybody out where that is confirmed, tokens and secret ids, and puts it on record', async () => {
    const email = 'everybody@example.test';
    await run(['create-account', '--email', email, '--password-stdin'], { stdin: PASSWORD });
    const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
    try {
      await app.init();
      const server = app.getHttpServer() as Server;
      const { body: tokens } = await request(server)
        .post('/auth/login')
        .send({ email, password: PASSWORD, transport: 'body' })
        .expect(200);
      const token = tokens as { access_token: string; refresh_token: string };
      const look = () =>
        request(server).get('/auth/session').auth(token.access_token, { type: 'bearer' });
      await look().expect(200);

      expect(await run(['sessions:revoke-all'])).toMatchObject({ exitCode: 2, stdout: '' });
      await look().expect(200);
      // More accounts than one step takes.
      await execute(
        database.url,
        `INSERT INTO auth.accounts (id, email, email_key)
         SELECT gen_random_uuid(), 'crowd' || n || '@example.test', 'crowd' || n || '@example.test'
         FROM generate_series(1, 450) n`,
      );
      const [{ count }] = (await execute(
        database.url,
        'SELECT count(*)::integer AS count FROM auth.accounts',
      )) as [{ count: number }];
      const open = await execute(
        database.url,
        'SELECT id FROM auth.sessions WHERE revoked_at IS NULL ORDER BY id',
      );
      expect(await json(['sessions:revoke-all', '--yes'])).toEqual({
        accounts: count,
        sessions: open.length,
      });
      await app.get(ChangeFeed, { strict: false }).catchUp();
      await look().expect(401);
      const refreshed = await request(server)
        .post('/auth/refresh')
        .send({ refresh_token: token.refresh_token });
      expect(refreshed.body).toMatchObject({ code: 'session_revoked' });
      const recorded = await execute(
        database.url,
        `SELECT (details->>'accounts')::integer AS accounts, details->'sessions' AS sessions
         FROM auth.audit_events WHERE action = 'session_revoked' AND details->>'scope' = 'everyone'`,
      );
      expect(recorded).toHaveLength(Math.ceil(count / 200));
      expect(recorded.reduce((sum, { accounts }) => sum + Number(accounts), 0)).toBe(count);
      expect(recorded.flatMap(({ sessions }) => sessions as string[]).sort()).toEqual(
        open.map(({ id }) => id),
      );
      await request(server)
        .post('/auth/login')
        .send({ email, password: PASSWORD, transport: 'body' })
        .expect(200);
    } finally {
      await app.close();
      await execute(database.url, `DELETE FROM auth.accounts WHERE email LIKE 'crowd%'`);
    }
  });

  it('disables and enables an account by id', async () => {
    const [stored] = await account('one@example.test');
    const id = String(stored?.['id']);
    expect(await json(['disable', '--account', id])).toEqual({
      id,
      email: 'one@example.test',
      status: 'disabled',
    });
    expect(await account('one@example.test')).toMatchObject([{ status: 'disabled' }]);
    expect(await run(['enable', '--account', id])).toMatchObject({ exitCode: 0 });
    expect(await account('one@example.test')).toMatchObject([{ status: 'active' }]);
  });

  it('says so when there is no such account', async () => {
    const { exitCode, stderr } = await run(['disable', '--email', 'nobody@example.test']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: 'portcullis: not_found: There is no such account.\n',
    });
  });

  it('SS-12: cleans up, and says what is gone', async () => {
    await execute(
      database.url,
      `INSERT INTO auth.changes (kind, created_at) VALUES ('keys', now() - interval '1 day')`,
    );
    expect(await json(['clean-up'])).toMatchObject({
      left: [],
      removed: { changes: 1, sessions: 0 },
    });
    const { stdout } = await run(['clean-up']);
    expect(stdout).toContain('removed 0 changes\n');
  });
});

describe('the command line called in the wrong way', () => {
  it.each([
    ['no command', []],
    ['an unknown command', ['destroy']],
    ['an unknown option', ['migrate', '--force']],
    ['a password as an argument', ['create-account', '--email', 'a@b.test', '--password', 'x']],
    [
      'two sources of a password',
      ['create-admin', '--email', 'a@b.test', '--generate', '--password-stdin'],
    ],
    ['no source of a password', ['create-admin', '--email', 'a@b.test']],
    ['no account', ['disable']],
    ['an account named twice', ['disable', '--email', 'a@b.test', '--account', 'x']],
    ['an id that is none', ['disable', '--account', '1; DROP TABLE accounts']],
    [
      'a tenant that is none',
      ['assign', '--email', 'a@b.test', '--role', 'clerk', '--tenant', 'x'],
    ],
    ['no word that everybody shall be signed out', ['sessions:revoke-all']],
    ['an application without export', ['migrate', '--app', 'dist/app.module.js']],
    ['an application that does not exist', ['migrate', '--app', 'nowhere.js#AppModule']],
    ['an export that does not exist', ['migrate', '--app', 'server/access.ts#AppModule']],
  ])('answers %s with exit code 2 and a word on the error stream', async (_what, args) => {
    const { exitCode, stdout, stderr } = await record(args, {});
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).not.toBe('');
  });

  it('refuses an empty password on standard input', async () => {
    const args = ['create-account', '--email', 'a@b.test', '--password-stdin'];
    expect(await record(args, { stdin: '\n' })).toMatchObject({ exitCode: 2 });
  });

  it('says how to name the application where no package.json does', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'portcullis-nowhere-'));
    const { exitCode, stderr } = await record(['migrate'], { directory });
    rmSync(directory, { recursive: true });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--app file#Export');
  });

  it('explains itself', async () => {
    const { exitCode, stdout } = await record(['--help']);
    expect(exitCode).toBe(0);
    for (const command of [
      'migrate',
      'migrate:status',
      'create-admin',
      'create-account',
      'unlock',
      'clean-up',
      'sessions:revoke-all',
    ]) {
      expect(stdout).toContain(command);
    }
  });
});
