import { Client } from 'pg';
import { brokenAfter } from '../support/aftermath';
import { makePeople, type Person } from '../support/crowd';
import { OwnPostgres } from '../support/own-postgres';
import { record, type RecordedAnswer } from '../support/recorded-answer';
import {
  launchServerProcess,
  startServerProcess,
  type LaunchedProcess,
  type ServerProcess,
} from '../support/server-process';
import { execute } from '../support/test-server';
import { until } from '../support/until';

const INSTANCES = 3;
const POOL_SIZE = 10;
const PEOPLE = 12;
const ASKED_BY_EACH = 20;
const RECOVERY_MILLISECONDS = 10_000;

/** The statement that fills the authority of an account. */
const FILL = /^(\w+)\|.*DETAIL: {2}[Pp]arameters: \$1 = '([0-9a-f-]{36})', \$2 = NULL$/;

describe('three instances with empty caches', () => {
  let postgres: OwnPostgres;
  let databaseUrl: string;
  let servers: ServerProcess[];
  let people: Person[];

  beforeAll(async () => {
    postgres = await OwnPostgres.start({ log_statement: 'all', log_line_prefix: '%a|' });
    databaseUrl = await postgres.createDatabase();
    const first = await startServerProcess(databaseUrl);
    people = await makePeople(databaseUrl, PEOPLE);
    for (const person of people) expect((await person.signIn(first.url)).status).toBe(200);
    await first.stop();
    servers = await Promise.all(
      Array.from({ length: INSTANCES }, (_, index) =>
        startServerProcess(`${databaseUrl}?application_name=n${index}`, {
          DATABASE_POOL_SIZE: String(POOL_SIZE),
        }),
      ),
    );
  }, 120_000);

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await postgres.destroy();
  }, 60_000);

  /** Everybody asks every instance at once for what nobody may: the answer needs their authority alone. */
  async function burst(): Promise<readonly RecordedAnswer[]> {
    const asked = servers.flatMap(({ url }, instance) =>
      people.flatMap((person) =>
        Array.from({ length: ASKED_BY_EACH }, () =>
          record({ url, instance, path: '/reports/summary', token: person.tokens.access_token }),
        ),
      ),
    );
    return Promise.all(asked);
  }

  /** How often each instance read the authority of each account since a place in the log. */
  function fillsSince(offset: number): Map<string, number> {
    const fills = new Map<string, number>();
    const lines = postgres.log.slice(offset).split('\n');
    for (const [at, line] of lines.entries()) {
      const [, application, account] = FILL.exec(line) ?? [];
      const statement = lines.slice(Math.max(0, at - 80), at).join('\n');
      if (application === undefined || account === undefined) continue;
      if (!people.some(({ accountId }) => accountId === account)) continue;
      if (!statement.includes('authority_version')) continue;
      const key = `${application} ${account}`;
      fills.set(key, (fills.get(key) ?? 0) + 1);
    }
    return fills;
  }

  async function mostConnections(work: Promise<unknown>): Promise<number> {
    let most = 0;
    let isOver = false;
    const over = work.finally(() => (isOver = true));
    const watcher = new Client({ connectionString: databaseUrl });
    await watcher.connect();
    do {
      const { rows } = await watcher.query<{ count: number }>(
        `SELECT coalesce(max(count), 0)::int AS count FROM (SELECT count(*) FROM pg_stat_activity
           WHERE datname = current_database() AND application_name ~ '^n[0-9]$'
           GROUP BY application_name) AS counts`,
      );
      most = Math.max(most, rows[0]!.count);
    } while (!(isOver as boolean));
    await watcher.end();
    await over;
    return most;
  }

  it('F-38: read the authority of each account once and no more, whoever asks at the same moment', async () => {
    const offset = postgres.log.length;
    const startedAt = performance.now();
    const asking = burst();
    // The feed has one connection beside the pool.
    expect(await mostConnections(asking)).toBeLessThanOrEqual(POOL_SIZE + 1);
    const answers = await asking;

    expect(performance.now() - startedAt).toBeLessThan(RECOVERY_MILLISECONDS);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]));
    const fills = fillsSince(offset);
    expect(fills.size).toBe(INSTANCES * PEOPLE);
    expect(new Set(fills.values())).toEqual(new Set([1]));
  });

  it('F-38: read it once more each when everything is dropped at one instant in a burst', async () => {
    const offset = postgres.log.length;
    const asking = burst();
    await execute(databaseUrl, `INSERT INTO auth.changes (kind) VALUES ('authority')`);
    const answers = [...(await asking)];
    // Each instance hears of it for itself.
    await until('every instance has read every account anew', async () => {
      answers.push(...(await burst()));
      return fillsSince(offset).size === INSTANCES * PEOPLE;
    });

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]));
    const fills = fillsSince(offset);
    // A fill that the drop overtook is thrown away and made again.
    expect(Math.max(...fills.values())).toBeLessThanOrEqual(2);
  });

  it('F-38: are whole afterwards', async () => {
    expect(await brokenAfter({ databaseUrl, servers, people })).toEqual([]);
  });
});

describe('a database that is away or full when instances start', () => {
  const servers: ServerProcess[] = [];
  let postgres: OwnPostgres;
  let databaseUrl: string;

  beforeAll(async () => {
    postgres = await OwnPostgres.start({
      max_connections: '40',
      superuser_reserved_connections: '0',
      reserved_connections: '0',
    });
    databaseUrl = await postgres.createDatabase();
  }, 60_000);

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await postgres.destroy();
  }, 60_000);

  /** Takes every connection that is left, as other applications might. */
  async function takeAll(): Promise<Client[]> {
    const taken: Client[] = [];
    for (;;) {
      const client = new Client({ connectionString: databaseUrl });
      client.on('error', () => undefined);
      try {
        await client.connect();
        taken.push(client);
      } catch (error) {
        expect((error as { code?: string }).code).toBe('53300');
        return taken;
      }
    }
  }

  const release = (taken: readonly Client[]) => Promise.all(taken.map((client) => client.end()));

  async function ready(url: string): Promise<boolean> {
    return (await record({ url, path: '/health/ready' })).status === 200;
  }

  const said = (launched: readonly LaunchedProcess[], line: RegExp) =>
    until('every instance says that the database is away', () =>
      launched.every(({ output }) => line.test(output())),
    );

  it('F-39: is waited for until it is there', async () => {
    await postgres.stop();
    const launched = launchServerProcess(databaseUrl);
    await said([launched], /The database is away/);
    await postgres.start();
    const server = await launched.started;
    servers.push(server);
    await until('the instance is ready', () => ready(server.url));
  }, 60_000);

  it('F-39: is waited for until it has connections left', async () => {
    const taken = await takeAll();
    expect(taken.length).toBeGreaterThan(10);
    const launched = Array.from({ length: 2 }, () =>
      launchServerProcess(databaseUrl, { DATABASE_POOL_SIZE: '5' }),
    );
    await said(launched, /The database is away \(.*too many clients/);
    await release(taken);
    servers.push(...(await Promise.all(launched.map(({ started }) => started))));
    for (const { url } of servers) await until('the instance is ready', () => ready(url));
  }, 90_000);

  it('F-39: says "try again" while others hold every connection, and ends no process', async () => {
    const crowd = await makePeople(databaseUrl, PEOPLE);
    for (const person of crowd) expect((await person.signIn(servers[0]!.url)).status).toBe(200);
    await postgres.stop();
    await postgres.start();
    const taken = await takeAll();
    const answers: RecordedAnswer[] = [];
    for (let round = 0; round < 20; round += 1) {
      answers.push(
        ...(await Promise.all(
          crowd.map((person, index) => person.refresh(servers[index % INSTANCES]!.url)),
        )),
      );
    }
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.map(({ status, body }) => `${status} ${String(body['code'])}`))).toEqual(
      new Set(['503 database_unavailable']),
    );
    for (const { headers } of refused) expect(headers.get('retry-after')).not.toBeNull();
    await release(taken);
    for (const { url } of servers) await until('the instance is ready', () => ready(url));
    for (const person of crowd) {
      expect((await person.refreshPatiently(servers[2]!.url)).status).toBe(200);
    }
    expect(await brokenAfter({ databaseUrl, servers, people: crowd })).toEqual([]);
  }, 90_000);

  it('F-39: is given up on after the limit, with the reason, and not before', async () => {
    const startedAt = performance.now();
    const nowhere = 'postgres://app:hunter2@127.0.0.1:9/app';
    const failed = startServerProcess(nowhere, { DATABASE_WAIT_SECONDS: '2' });
    const error = (await failed.catch((refusal: unknown) => refusal)) as Error;
    expect(error.message).toMatch(/^exit 1\n/);
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.message).not.toContain('hunter2');
    expect(performance.now() - startedAt).toBeGreaterThan(1000);
  }, 60_000);
});
