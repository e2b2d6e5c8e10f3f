import { PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { Measurements } from '../support/measurements';
import { RecordingLogger } from '../support/recording-logger';
import { RedisServer } from '../support/redis-server';
import { describeWith } from '../support/system-program';
import { until } from '../support/until';

const EMAIL = 'person@example.test';
const LIMIT = 10;
const COMMAND_LIMIT_MS = 100;
const AWAY = 'Redis is away';
const BACK = 'Redis is back';

describeWith('redis-server', 'an instance whose Redis fails', () => {
  const logger = new RecordingLogger();
  let measured: Measurements;
  const apps: AuthApp[] = [];
  let database: TestDatabase;
  let redis: RedisServer;

  beforeAll(async () => {
    measured = new Measurements();
    database = await cloneDatabase();
    const app = await start(await RedisServer.reserve());
    await app.createAccount(EMAIL, 'reader');
    await app.close();
  }, 60_000);

  beforeEach(() => {
    logger.lines.length = 0;
    measured = new Measurements();
  });

  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
    await redis.stop();
  });

  afterAll(() => database.drop());

  async function start(server: RedisServer, limit = 100_000): Promise<AuthApp> {
    redis = server;
    const app = await startAuthApp({
      database,
      logger,
      options: {
        telemetry: measured.options,
        redis: { url: server.url, commandTimeoutMilliseconds: COMMAND_LIMIT_MS },
        throttling: { login: { limit }, account: { limit } },
      },
    });
    return app;
  }

  async function open(server: RedisServer, limit?: number): Promise<AuthApp> {
    const app = await start(server, limit);
    apps.push(app);
    return app;
  }

  function login(app: AuthApp, password = PASSWORD) {
    return app.post('/auth/login', { email: EMAIL, password, transport: 'body' });
  }

  /** A request that is throttled, and refused for want of a credential when it is not. */
  async function look(app: AuthApp): Promise<number> {
    return (await app.get('/auth/sessions')).status;
  }

  async function looks(app: AuthApp, count: number): Promise<number[]> {
    const statuses: number[] = [];
    for (let index = 0; index < count; index += 1) statuses.push(await look(app));
    return statuses;
  }

  const keysOf = () => redis.ask((client) => client.keys('portcullis:throttle:*'));
  const backAgain = () => until(BACK, () => logger.linesWith(BACK).length > 0);

  it('F-10: starts without it, serves, says so once, and counts there once it is up', async () => {
    const app = await open(await RedisServer.reserve());
    expect((await login(app)).status).toBe(200);
    await looks(app, 20);
    expect(logger.linesWith(AWAY)).toHaveLength(1);
    expect(logger.linesWith(AWAY)[0]).toMatch(/^warn: .*ECONNREFUSED/);

    await redis.start();
    await backAgain();
    expect(await look(app)).toBe(401);
    expect(await keysOf()).toHaveLength(1);
    expect(logger.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it('F-10: loses it while it serves, keeps the count, and gets it back', async () => {
    const app = await open(await RedisServer.start(), LIMIT);
    expect(await looks(app, LIMIT - 4)).toEqual(Array(LIMIT - 4).fill(401));
    await redis.stop();
    await until(AWAY, () => logger.linesWith(AWAY).length > 0);
    expect(await looks(app, 6)).toEqual([401, 401, 401, 401, 429, 429]);
    expect((await login(app)).status).toBe(200);

    await redis.start();
    await backAgain();
    expect((await login(app)).status).toBe(200);
    expect(await keysOf()).not.toEqual([]);
    expect(logger.linesWith(AWAY)).toHaveLength(1);
  });

  it('F-10: never waits for it again and again: a lost connection is no request that fails', async () => {
    const app = await open(await RedisServer.start());
    for (let round = 0; round < 3; round += 1) {
      const lines = logger.linesWith(BACK).length;
      await redis.stop();
      expect(new Set(await looks(app, 10))).toEqual(new Set([401]));
      await redis.start();
      await until(BACK, () => logger.linesWith(BACK).length > lines);
    }
    expect(logger.linesWith(AWAY)).toHaveLength(3);
  });

  it('F-13: gives a Redis that hangs up after one time limit each, and asks it no more', async () => {
    const app = await open(await RedisServer.start());
    await looks(app, 20);
    redis.pause();
    const paused = await times(30, () => look(app));
    expect((await login(app)).status).toBe(200);
    redis.resume();
    await backAgain();

    expect(logger.linesWith(AWAY)[0]).toMatch(/timed out/);
    // Somebody waited, and most did not: how long a whole login takes is for a bench, not a test.
    expect(Math.max(...paused)).toBeGreaterThanOrEqual(COMMAND_LIMIT_MS - 20);
    expect(percentile(paused, 50)).toBeLessThan(COMMAND_LIMIT_MS - 20);
  });

  it('F-13: lets requests that meet a hanging Redis together all wait no longer than the limit', async () => {
    const app = await open(await RedisServer.start());
    await looks(app, 5);
    redis.pause();
    const startedAt = performance.now();
    const statuses = await Promise.all(Array.from({ length: 50 }, () => look(app)));
    const tookMs = performance.now() - startedAt;
    redis.resume();

    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(tookMs).toBeGreaterThanOrEqual(COMMAND_LIMIT_MS);
    expect(tookMs).toBeLessThan(COMMAND_LIMIT_MS * 10);
  });

  it('F-14: allows nobody more because Redis was flushed', async () => {
    const app = await open(await RedisServer.start(), LIMIT);
    expect(await looks(app, LIMIT - 2)).toEqual(Array(LIMIT - 2).fill(401));
    await redis.ask((client) => client.flushall());
    expect(await looks(app, 4)).toEqual([401, 401, 429, 429]);
    await redis.ask((client) => client.flushall());
    expect(await looks(app, LIMIT)).toEqual(Array(LIMIT).fill(429));
    expect(logger.linesWith(AWAY)).toEqual([]);
  });

  it('F-14: allows nobody more because Redis ran out of memory and evicted the counts', async () => {
    const app = await open(
      await RedisServer.start('--maxmemory', '2mb', '--maxmemory-policy', 'allkeys-lru'),
      LIMIT,
    );
    expect(await looks(app, LIMIT)).toEqual(Array(LIMIT).fill(401));
    // Redis evicts what it finds the oldest among a few at random: it may take more than one flood.
    for (let flood = 0; flood < 20 && (await keysOf()).length > 0; flood += 1) {
      await redis.ask(async (client) => {
        for (let index = 0; index < 400; index += 1) {
          await client.set(`junk:${flood}:${index}`, 'x'.repeat(10_000));
        }
      });
    }
    expect(await keysOf()).toEqual([]);
    expect(await looks(app, LIMIT)).toEqual(Array(LIMIT).fill(429));
  });

  it('F-14: allows nobody more while Redis can store nothing', async () => {
    const full = ['--maxmemory', '1', '--maxmemory-policy', 'noeviction'];
    const app = await open(await RedisServer.start(...full), LIMIT);
    expect(await looks(app, LIMIT + 5)).toEqual([...Array(LIMIT).fill(401), ...Array(5).fill(429)]);
    expect(logger.linesWith(AWAY)[0]).toMatch(/OOM/);
    const alone = await measured.series('portcullis.throttle.counted_alone');
    expect(alone).toMatchObject([{ value: LIMIT + 5, attributes: {} }]);
  });

  it.each([
    ['is out of memory', ['maxmemory', '1'], ['maxmemory', '0']],
    ['takes no writes', ['min-replicas-to-write', '1'], ['min-replicas-to-write', '0']],
  ] as const)(
    'F-14: does not take a Redis that answers but %s for one that is back',
    async (_what, breaking, mending) => {
      const app = await open(await RedisServer.start('--maxmemory-policy', 'noeviction'), LIMIT);
      await redis.ask((client) => client.config('SET', ...breaking));
      expect(await looks(app, LIMIT + 1)).toEqual([...Array(LIMIT).fill(401), 429]);
      // Longer than the first probes wait, by far.
      for (let round = 0; round < 15; round += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(await look(app)).toBe(429);
      }
      expect([logger.linesWith(AWAY).length, logger.linesWith(BACK).length]).toEqual([1, 0]);
      await redis.ask((client) => client.config('SET', ...mending));
      await backAgain();
      expect(await look(app)).toBe(429);
    },
    30_000,
  );

  it('F-14: keeps guesses, which PostgreSQL counts, whatever Redis forgets', async () => {
    const app = await open(await RedisServer.start());
    const statuses: number[] = [];
    for (let guess = 0; guess < 10; guess += 1) {
      await redis.ask((client) => client.flushall());
      statuses.push((await login(app, `a wrong password, number ${guess}`)).status);
    }
    expect(statuses).toEqual([...Array(6).fill(401), ...Array(4).fill(429)]);
    await app.sql('DELETE FROM auth.guesses');
  });

  async function times(count: number, work: () => PromiseLike<unknown>): Promise<number[]> {
    const taken: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const startedAt = performance.now();
      await work();
      taken.push(performance.now() - startedAt);
    }
    return taken;
  }

  function percentile(values: readonly number[], percent: number): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))]!;
  }
});
