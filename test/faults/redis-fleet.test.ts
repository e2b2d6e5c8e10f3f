import { Client } from 'pg';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { FaultProxy } from '../support/fault-proxy';
import { violationsIn } from '../support/invariants';
import { RedisServer } from '../support/redis-server';
import { ADMIN, startServerProcess, type ServerProcess } from '../support/server-process';
import { describeWith } from '../support/system-program';
import { until } from '../support/until';

const INSTANCES = 3;
const LIMIT = 60;
const BOUND_MILLISECONDS = 1000;

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

describeWith('redis-server', 'three instances that count requests in one Redis', () => {
  let database: TestDatabase;
  let redis: RedisServer;
  let link: FaultProxy;
  let servers: ServerProcess[];
  let client: Client;

  beforeAll(async () => {
    database = await emptyDatabase();
    redis = await RedisServer.start();
    link = await FaultProxy.before(redis.url);
    const redisOf = (index: number) => (index === INSTANCES - 1 ? link.url : redis.url);
    servers = await Promise.all(
      Array.from({ length: INSTANCES }, (_, index) =>
        startServerProcess(database.url, {
          REDIS_URL: redisOf(index),
          THROTTLE_REFRESH_LIMIT: String(LIMIT),
          PROXY_HOPS: '1',
        }),
      ),
    );
    client = new Client({ connectionString: database.url });
    await client.connect();
  }, 120_000);

  afterAll(async () => {
    await client.end();
    await Promise.all(servers.map((server) => server.stop()));
    await link.close();
    await redis.stop();
    await database.drop();
  }, 60_000);

  const urlOf = (index: number) => servers[index % INSTANCES]!.url;

  /** By the last that an instance said of it. */
  function isAlone(index: number): boolean {
    const output = servers[index]!.output();
    return output.lastIndexOf('Redis is away') > output.lastIndexOf('Redis is back');
  }

  async function login(index: number, source: string, body: object = ADMIN) {
    const response = await fetch(`${urlOf(index)}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': source },
      body: JSON.stringify({ ...ADMIN, transport: 'body', ...body }),
    });
    const answer = (await response.json()) as Tokens & { readonly code?: string };
    return { status: response.status, answer };
  }

  async function statusOf(index: number, token: string): Promise<number> {
    const response = await fetch(`${urlOf(index)}/reports/summary`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await response.arrayBuffer();
    return response.status;
  }

  async function refreshGarbage(index: number, source: string): Promise<number> {
    const response = await fetch(`${urlOf(index)}/auth/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': source },
      body: JSON.stringify({ refresh_token: 'garbage' }),
    });
    await response.arrayBuffer();
    return response.status;
  }

  /** Refreshes with what is no token cost neither a hash nor a query: only requests are counted. */
  async function flood(source: string, count: number): Promise<number> {
    const statuses: number[] = [];
    for (let sent = 0; sent < count; sent += INSTANCES) {
      const round = Array.from({ length: INSTANCES }, (_, index) => refreshGarbage(index, source));
      statuses.push(...(await Promise.all(round)));
    }
    expect(statuses.filter((status) => status !== 401 && status !== 429)).toEqual([]);
    return statuses.filter((status) => status === 401).length;
  }

  async function failuresOf(lane: string): Promise<number> {
    const { rows } = await client.query<{ failures: number }>(
      'SELECT max(failures)::int AS failures FROM auth.guesses WHERE lane = $1',
      [lane],
    );
    return rows[0]!.failures;
  }

  it('hold one limit together: exactly as many of one source pass as one instance would let', async () => {
    await flood('192.0.2.9', INSTANCES * 10);
    expect(await flood('192.0.2.10', LIMIT * 2)).toBe(LIMIT);
    expect(await flood('192.0.2.10', INSTANCES * 5)).toBe(0);
    expect(await flood('192.0.2.11', INSTANCES)).toBe(INSTANCES);
  });

  it('F-12: honour a revocation within the bound where one of them is cut off from Redis', async () => {
    const { answer } = await login(0, '192.0.2.20');
    for (let index = 0; index < INSTANCES; index += 1) {
      expect(await statusOf(index, answer.access_token)).toBe(200);
    }
    link.hang();
    // The cut is felt: the counting of the third instance waits for nothing, and then no more.
    await until('the third instance counts alone', async () => {
      await flood('192.0.2.21', INSTANCES);
      return isAlone(INSTANCES - 1);
    });
    expect(link.injected).toBeGreaterThan(0);

    await fetch(`${urlOf(0)}/auth/logout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token: answer.refresh_token }),
    });
    const startedAt = performance.now();
    for (;;) {
      const statuses = await Promise.all(
        servers.map((_, index) => statusOf(index, answer.access_token)),
      );
      if (statuses.every((status) => status === 401)) break;
      if (performance.now() - startedAt > 10 * BOUND_MILLISECONDS) break;
    }
    expect(performance.now() - startedAt).toBeLessThan(BOUND_MILLISECONDS);

    link.pass();
    await until('the third instance is back', () => !isAlone(INSTANCES - 1));
    expect([isAlone(0), isAlone(1)]).toEqual([false, false]);
  });

  it('F-11: stop 500 wrong passwords at the cap while Redis is down, and say that it is', async () => {
    expect(await flood('192.0.2.30', LIMIT + INSTANCES * 2)).toBe(LIMIT);
    await redis.stop();
    await until('all count alone', () => servers.every((_, index) => isAlone(index)));
    // A source that was over the limit stays so on every instance that saw it.
    expect(await flood('192.0.2.30', INSTANCES * 10)).toBe(0);

    await client.query('DELETE FROM auth.guesses');
    const startedAt = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        login(index, `198.51.100.${index % 250}`, { password: `a wrong password, ${index}` }),
      ),
    );
    const elapsedSeconds = (performance.now() - startedAt) / 1000;
    // Five free failures and the sixth; from then on the waits double from one second.
    const cap = 6 + Math.ceil(Math.log2(elapsedSeconds + 1));
    const checked = answers.filter(({ status }) => status === 401);
    expect(checked.length).toBeGreaterThanOrEqual(5);
    expect(checked.length).toBeLessThanOrEqual(cap);
    expect(await failuresOf('unknown_device')).toBe(checked.length);
    const refused = answers.filter(({ status }) => status !== 401);
    expect(new Set(refused.map(({ status, answer }) => [status, answer.code].join()))).toEqual(
      new Set(['429,throttled']),
    );
  }, 120_000);

  it('F-11: limit each instance to its own count while Redis is down, and all together after', async () => {
    expect(await flood('192.0.2.40', LIMIT * INSTANCES * 2)).toBe(LIMIT * INSTANCES);
    await redis.start();
    await until('all are back', () => !servers.some((_, index) => isAlone(index)));
    expect(await flood('192.0.2.41', LIMIT * 2)).toBe(LIMIT);
    for (const server of servers) {
      expect(() => process.kill(server.pid, 0)).not.toThrow();
      expect(server.output()).not.toMatch(/unhandled|uncaught/i);
    }
    expect(await violationsIn(database.url)).toEqual([]);
  }, 120_000);
});
