import { backoffMs } from '../clock/backoff';
import { ConfigurationError } from '../errors/configuration-error';
import type { ResolvedRedisOptions } from '../options/redis-options';
import type { RedisScripts } from './redis-throttler-storage';

/** One connection to Redis, which connects again by itself for as long as it is not closed. */
export interface RedisClient extends RedisScripts {
  connect(): Promise<void>;
  /** Drops the connection; with `true` another one is made. */
  disconnect(reconnect?: boolean): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/** The part of `ioredis` that is used. It is no import of a type: a host need not have the package. */
export interface RedisPackage {
  readonly Redis: new (url: string, options: object) => RedisClient;
}

/** For the steps of a connection; requests have a shorter limit of their own. */
const CONNECT_TIMEOUT_MS = 1000;
const KEEP_ALIVE_MS = 10_000;
const RECONNECT = { firstMs: 100, lastMs: 5000 };

/**
 * A client that is not connected yet. It keeps nothing for later and repeats nothing: a request that
 * cannot be counted at once is counted elsewhere.
 *
 * @throws ConfigurationError where the optional package `ioredis` is not installed
 */
export async function openRedisClient(
  { url }: ResolvedRedisOptions,
  load: () => Promise<RedisPackage> = loadPackage,
): Promise<RedisClient> {
  const { Redis } = await load().catch(explain);
  return new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: CONNECT_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    connectionName: 'portcullis',
    retryStrategy: (attempts: number) => backoffMs(attempts, RECONNECT),
  });
}

async function loadPackage(): Promise<RedisPackage> {
  return import('ioredis');
}

function explain(error: unknown): never {
  const code = (error as { code?: unknown }).code;
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') throw error;
  throw new ConfigurationError([
    {
      option: 'redis',
      bound: 'used together with the package ioredis',
      reason: 'only applications that use Redis install it: npm install ioredis@5',
    },
  ]);
}
