import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeDevPostgres } from '@portcullis/dev-postgres';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { startProcess, type ServerProcess } from './server-process';

jest.setTimeout(120_000);

const SECRET = 'n8Zr0vQ2xW5tLk7YpB3mHs6JdF9cGa1e';
const PEPPER = 'aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zC';

/** A printed line of an account: address, role, password. */
const ACCOUNT_LINE = /^ {2}(\S+@example\.test) +(\w+) +([\w-]{24})$/gm;

/** Of every server of PostgreSQL that runs on data below a folder. */
function pidFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('postmaster.pid'),
  );
}

describe('the server as a process', () => {
  const started: ServerProcess[] = [];
  let database: TestDatabase;
  let directory: string;

  beforeEach(async () => {
    database = await emptyDatabase();
    directory = mkdtempSync(join(tmpdir(), 'portcullis-process-'));
  });

  afterEach(async () => {
    for (const { child, ended } of started.splice(0)) {
      child.kill('SIGKILL');
      await ended;
    }
    if (readdirSync(directory).includes('postgres')) {
      await removeDevPostgres(join(directory, 'postgres'));
    }
    rmSync(directory, { recursive: true });
    await database.drop();
  });

  function start(variables: Record<string, string> = {}, args?: string[]): ServerProcess {
    const made = startProcess(
      {
        PORT: '0',
        PUBLIC_URL: 'http://localhost:3000',
        PORTCULLIS_DATA_DIRECTORY: directory,
        BCRYPT_COST: '10',
        ...variables,
      },
      args,
    );
    started.push(made);
    return made;
  }

  function withDatabase(variables: Record<string, string> = {}): ServerProcess {
    return start({ DATABASE_URL: database.url, ...variables });
  }

  function production(): Record<string, string> {
    return {
      NODE_ENV: 'production',
      DATABASE_URL: database.url,
      PORTCULLIS_SECRETS: SECRET,
      PORTCULLIS_PEPPERS: `1:${PEPPER}`,
    };
  }

  function accountsIn(...processes: ServerProcess[]): Record<string, string> {
    const lines = processes.flatMap(({ output }) => [...output().matchAll(ACCOUNT_LINE)]);
    expect(new Set(lines.map(([, email]) => email)).size).toBe(lines.length);
    return Object.fromEntries(lines.map(([, email, , password]) => [email, password]));
  }

  async function signIn(url: string, email: string, password?: string): Promise<Response> {
    return fetch(`${url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password, transport: 'body' }),
    });
  }

  /** A request that is under way until `finish` sends the rest of its body. */
  async function slowRequest(url: string): Promise<{ finish(): Promise<string> }> {
    const { hostname, port } = new URL(url);
    const body = JSON.stringify({ email: 'a@example.test', password: 'x', transport: 'body' });
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(answer)));
    socket.on('error', () => undefined);
    await new Promise<void>((sent) => {
      socket.write(
        `POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
        () => sent(),
      );
    });
    // Answered on another connection later than the bytes above arrived.
    await fetch(`${url}/health/live`);
    return {
      finish() {
        socket.write(body.slice(5));
        return closed;
      },
    };
  }

  it('CR-6: ends with an error that names the secret and no value when one is missing or weak', async () => {
    const cases = ['PORTCULLIS_SECRETS', 'PORTCULLIS_PEPPERS'].flatMap((name) => [
      { name, made: start({ ...production(), [name]: '' }) },
      { name, made: start({ ...production(), [name]: 'change-me-change-me-change-me-change-me' }) },
    ]);
    for (const { name, made } of cases) {
      expect(await made.ended).toBe(1);
      expect(made.output()).toMatch(new RegExp(`^  - ${name}`, 'm'));
      for (const value of [SECRET, PEPPER, 'change-me']) expect(made.output()).not.toContain(value);
      expect(made.output()).not.toMatch(/^ +at /m);
    }
  });

  it('prints the passwords of the first accounts once, and they work', async () => {
    const first = withDatabase();
    const url = await first.listening();
    const accounts = accountsIn(first);
    expect(Object.keys(accounts).sort()).toEqual([
      'admin@example.test',
      'approver@example.test',
      'clerk@example.test',
    ]);
    for (const [email, password] of Object.entries(accounts)) {
      expect((await signIn(url, email, password)).status).toBe(200);
    }
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    const second = withDatabase();
    await second.listening();
    expect(accountsIn(second)).toEqual({});
    for (const password of Object.values(accounts)) expect(second.output()).not.toContain(password);
  });

  it('takes the first administrator from the environment and does not print that password', async () => {
    const password = 'chosen by the operator 42 times';
    const made = withDatabase({
      PORTCULLIS_ADMIN_EMAIL: 'root@example.test',
      PORTCULLIS_ADMIN_PASSWORD: password,
    });
    const url = await made.listening();
    expect((await signIn(url, 'root@example.test', password)).status).toBe(200);
    expect(made.output()).not.toContain(password);
  });

  it('says that an administrator of the environment comes too late, and names the one there is', async () => {
    const first = withDatabase();
    await first.listening();
    first.child.kill('SIGTERM');
    await first.ended;
    expect(first.output()).not.toContain('ignored');
    const late = withDatabase({ PORTCULLIS_ADMIN_EMAIL: 'late@example.test' });
    await late.listening();
    expect(late.output()).toContain('are ignored: the administrator was made by an earlier start');
    expect(late.output()).toContain('Accounts: admin@example.test, ');
    expect(late.output()).not.toContain('late@example.test');
  });

  it('names a password of the administrator that the policy refuses, and never its value', async () => {
    const made = withDatabase({ PORTCULLIS_ADMIN_PASSWORD: 'passwordpassword123' });
    expect(await made.ended).toBe(1);
    expect(made.output()).toMatch(/^ {2}- PORTCULLIS_ADMIN_PASSWORD.* too easy to guess/m);
    expect(made.output()).not.toContain('passwordpassword123');
    expect(made.output()).not.toMatch(/^ +at /m);
  });

  it('FS-3: says in one line that its port is taken, and leaves no PostgreSQL behind', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    try {
      await once(holder, 'listening');
      const { port } = holder.address() as AddressInfo;
      const made = start({ PORT: String(port), PUBLIC_URL: `http://localhost:${port}` });
      expect(await made.ended).toBe(1);
      expect(made.output()).toMatch(new RegExp(`^Port ${port} is taken; set PORT\\.$`, 'm'));
      expect(made.output()).not.toMatch(/^ +at /m);
      expect(pidFiles(directory)).toEqual([]);
    } finally {
      holder.close();
    }
  });

  it('forgets the databases and secrets of development on request, and never in production', async () => {
    const made = start();
    await made.listening();
    const args = ['scripts/reset.js'];
    const refused = start({ NODE_ENV: 'production' }, args);
    expect(await refused.ended).toBe(1);
    expect(readdirSync(directory).sort()).toEqual(['postgres', 'secrets']);
    writeFileSync(join(directory, 'notes.txt'), 'not ours');
    expect(await start({}, args).ended).toBe(0);
    expect(readdirSync(directory)).toEqual(['notes.txt']);
  });

  it('AD-9: serves no documentation and makes no demo accounts in production', async () => {
    const made = start(production());
    const url = await made.listening();
    for (const path of ['/docs', '/docs/openapi.json', '/docs-json', '/api-json', '/metrics']) {
      expect((await fetch(`${url}${path}`)).status).toBe(404);
    }
    expect(Object.keys(accountsIn(made))).toEqual(['admin@example.test']);
  });

  it('shares the embedded PostgreSQL, its secrets and its accounts with others that start at once', async () => {
    const both = [start(), start()] as const;
    const [one, other] = await Promise.all(both.map(({ listening }) => listening()));
    const accounts = accountsIn(...both);
    expect(Object.keys(accounts)).toHaveLength(3);
    const clerk = await signIn(one!, 'clerk@example.test', accounts['clerk@example.test']);
    const { access_token: token } = (await clerk.json()) as { access_token: string };
    const answer = await fetch(`${other!}/invoices`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
    const status = start({}, ['dist/src/command-line/main.js', 'migrate:status', '--json']);
    expect(await status.ended).toBe(0);
    expect(JSON.parse(status.output())).toMatchObject({ pending: 0 });
    const cli = start({}, [
      'node_modules/typeorm/cli.js',
      'migration:show',
      '-d',
      'dist/ormconfig.js',
    ]);
    expect(await cli.ended).toBe(0);
    expect(cli.output()).toContain('[X] 1 CreateAuthTables1790000000000');
    for (const { child, ended } of both) {
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    }
    expect(readdirSync(join(directory, 'postgres', 'leases'))).toEqual([]);
  });

  it.each(['express', 'fastify'])(
    'F-30: on %s says that it is not ready, serves on, finishes what is under way, and ends with 0',
    async (adapter) => {
      const { child, ended, listening } = withDatabase({ ADAPTER: adapter, DRAIN_SECONDS: '2' });
      const url = await listening();
      const before = await fetch(`${url}/health/ready`);
      expect([before.status, before.headers.get('connection')]).toEqual([200, 'keep-alive']);
      const { finish } = await slowRequest(url);
      child.kill('SIGTERM');
      await waitUntil(async () => (await fetch(`${url}/health/ready`)).status === 503);
      for (let round = 0; round < 20; round++) {
        const served = await fetch(`${url}/health/live`);
        expect([served.status, served.headers.get('connection')]).toEqual([200, 'close']);
      }
      await waitUntil(
        async () => (await fetch(`${url}/health/live`).catch(() => undefined)) === undefined,
      );
      expect(child.exitCode).toBeNull();
      expect(await finish()).toMatch(/^HTTP\/1\.1 401 /);
      expect(await ended).toBe(0);
    },
  );

  it.each([
    ['while it drains', { DRAIN_SECONDS: '120' }],
    ['while it waits', { SHUTDOWN_SECONDS: '300' }],
  ])('F-30: stops at once on a second signal %s', async (_when, variables) => {
    const { child, ended, listening, output } = withDatabase(variables);
    await slowRequest(await listening());
    child.kill('SIGINT');
    await waitUntil(() => Promise.resolve(output().includes('finishing the requests')));
    child.kill('SIGINT');
    expect(await ended).toBe(1);
  });

  it.each(['express', 'fastify'])(
    'F-30: on %s does not wait for ever for a request that never ends',
    async (adapter) => {
      const { child, ended, listening } = withDatabase({ ADAPTER: adapter, SHUTDOWN_SECONDS: '1' });
      await slowRequest(await listening());
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    },
  );

  it.each([
    ['express', '127.0.0.1'],
    ['fastify', 'localhost'],
  ])('FS-3: on %s outlives clients that abort and send nonsense', async (adapter, host) => {
    const { child, listening, output } = withDatabase({ ADAPTER: adapter, HOST: host });
    const url = await listening();
    const { hostname, port } = new URL(url);
    for (let round = 0; round < 200; round++) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(
        `POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"email":${round % 2 === 0 ? '"' : '\u0000'}`,
        () => socket.destroy(),
      );
    }
    await waitUntil(async () => (await fetch(`${url}/health/ready`)).status === 200);
    expect(child.exitCode).toBeNull();
    expect(output()).not.toMatch(/unhandled|uncaught/);
  });
});

async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('It did not come to hold.');
}
