import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { ConfigurationError } from '../../src/errors/configuration-error';
import type { ResolvedRedisOptions } from '../../src/options/redis-options';
import { MemoryThrottlerStorage } from '../../src/throttling/memory-throttler-storage';
import { openRedisClient } from '../../src/throttling/redis-client';
import { RedisThrottlerStorage } from '../../src/throttling/redis-throttler-storage';
import { SharedThrottlerStorage } from '../../src/throttling/shared-throttler-storage';
import { FakeClock } from '../support/fake-clock';
import { RedisServer } from '../support/redis-server';
import { describeWith } from '../support/system-program';
import { describeThrottlerStorage } from './storage-contract';

const SECRET = Buffer.alloc(32, 7);
const WINDOW_MS = 10_000;

describeWith('redis-server', 'requests counted in Redis', () => {
  let server: RedisServer;
  let redis: Redis;

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new Redis(server.url);
  }, 60_000);

  afterEach(() => jest.restoreAllMocks());

  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  const optionsOf = (): ResolvedRedisOptions => ({
    url: server.url,
    keyPrefix: 'test',
    commandTimeoutMilliseconds: 200,
  });

  function storageOf(secret = SECRET): RedisThrottlerStorage {
    return new RedisThrottlerStorage(redis, { prefix: 'test', secret });
  }

  /** The time that decides is that of Redis, so the expiry of its keys is moved. */
  async function age(seconds: number): Promise<void> {
    for (const key of await redis.keys('*')) {
      await redis.pexpire(key, (await redis.pttl(key)) - seconds * 1000);
    }
  }

  describeThrottlerStorage('Redis', async () => {
    await redis.flushall();
    return { storage: storageOf(), advanceSeconds: age };
  });

  describeThrottlerStorage('Redis with the memory of an instance behind it', async () => {
    await redis.flushall();
    const clock = new FakeClock();
    const memory = new MemoryThrottlerStorage(clock);
    const storage = new SharedThrottlerStorage(optionsOf(), SECRET, memory, clock);
    await storage.onModuleInit();
    return {
      storage,
      advanceSeconds: async (seconds) => {
        clock.advanceSeconds(seconds);
        await age(seconds);
      },
      close: () => storage.onApplicationShutdown(),
    };
  });

  it('expires with its window, every key, and when a request is refused too', async () => {
    await redis.flushall();
    const storage = storageOf();
    for (const [key, block] of [
      ['login:192.0.2.1', 60_000],
      ['refresh:192.0.2.1', 1000],
    ] as const) {
      for (let count = 0; count < 3; count += 1) await storage.increment(key, WINDOW_MS, 1, block);
    }
    const left = await Promise.all((await redis.keys('*')).map((key) => redis.pttl(key)));

    expect(left).toHaveLength(2);
    expect(Math.min(...left)).toBeGreaterThan(WINDOW_MS - 2000);
    expect(Math.max(...left)).toBeLessThanOrEqual(60_000);
  });

  it('opens a new window where somebody took the expiry of a key away', async () => {
    await redis.flushall();
    const storage = storageOf();
    for (let count = 0; count < 3; count += 1) await storage.increment('k', WINDOW_MS, 1, 1000);
    await redis.persist((await redis.keys('*'))[0]!);

    expect(await storage.increment('k', WINDOW_MS, 1, 1000)).toMatchObject({ isBlocked: false });
    expect(await redis.pttl((await redis.keys('*'))[0]!)).toBeGreaterThan(0);
  });

  it('names no address in Redis, and none that could be guessed without the secret', async () => {
    await redis.flushall();
    await storageOf().increment('login:203.0.113.77', WINDOW_MS, 1, 1000);
    await storageOf(Buffer.alloc(32, 8)).increment('login:203.0.113.77', WINDOW_MS, 1, 1000);
    const keys = await redis.keys('*');

    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key).toMatch(/^test:throttle:\{[\w-]{22}\}$/);
    expect(JSON.stringify(await Promise.all(keys.map((key) => redis.dump(key))))).not.toContain(
      '203.0.113',
    );
  });

  it('sends its script again to a Redis that does not know it any more', async () => {
    const storage = storageOf();
    await storage.increment('script', WINDOW_MS, 5, 1000);
    await redis.script('FLUSH');

    expect(await storage.increment('script', WINDOW_MS, 5, 1000)).toMatchObject({ totalHits: 2 });
    const sent = jest.spyOn(redis, 'eval');
    await storage.increment('script', WINDOW_MS, 5, 1000);
    expect(sent).not.toHaveBeenCalled();
  });

  it('goes on in memory where Redis answers with an error, and does not fail open', async () => {
    await redis.flushall();
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    jest.spyOn(Logger.prototype, 'log').mockImplementation();
    const clock = new FakeClock();
    const memory = new MemoryThrottlerStorage(clock);
    const shared = new SharedThrottlerStorage(optionsOf(), SECRET, memory, clock);
    await shared.onModuleInit();
    try {
      await shared.increment('poisoned', WINDOW_MS, 2, WINDOW_MS);
      const [key] = await redis.keys('*');
      await redis.del(key!);
      await redis.lpush(key!, 'not a count');
      const records = [];
      for (let count = 0; count < 5; count += 1) {
        records.push(await shared.increment('poisoned', WINDOW_MS, 2, WINDOW_MS));
      }
      expect(records.map(({ isBlocked }) => isBlocked)).toEqual([false, true, true, true, true]);
      expect(warn.mock.calls.flat().join()).toMatch(/^Redis is away \(.*WRONGTYPE/);
      expect(warn).toHaveBeenCalledTimes(1);
    } finally {
      shared.onApplicationShutdown();
    }
  });

  it('is counted on one connection with a name, which the shutdown closes', async () => {
    const clock = new FakeClock();
    const memory = new MemoryThrottlerStorage(clock);
    const shared = new SharedThrottlerStorage(optionsOf(), SECRET, memory, clock);
    const named = async () =>
      String(await redis.client('LIST'))
        .split('\n')
        .filter((line) => line.includes('name=portcullis '));
    await shared.onModuleInit();
    expect(await named()).toHaveLength(1);
    shared.onApplicationShutdown();
    for (let look = 0; look < 100 && (await named()).length > 0; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await named()).toEqual([]);
  });
});

describe('the package ioredis', () => {
  const options = { url: 'redis://u:hunter2@127.0.0.1:1', keyPrefix: 'p' };

  it('is asked for by name where it is missing, without the password of the URL', async () => {
    const missing = openRedisClient({ ...options, commandTimeoutMilliseconds: 100 }, () =>
      Promise.resolve().then(() => jest.requireActual('ioredis-that-nobody-installed')),
    );
    const error = await missing.catch((refusal: unknown) => refusal);

    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain('npm install ioredis@5');
    expect((error as Error).message).not.toContain('hunter2');
  });
});
