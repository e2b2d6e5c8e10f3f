import { createHash } from 'node:crypto';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { authenticate } from '../options/secret-keys';
import { recordOf, type RequestCount, type ThrottlerStorageRecord } from './request-count';

/** What is used of a client of Redis. */
export interface RedisScripts {
  evalsha(sha1: string, keys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
  eval(script: string, keys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
}

/**
 * One key holds one count, and its expiry is the end of the window, in the time of Redis alone. A
 * count over the limit is blocked and counts no further, so that refused requests prolong nothing.
 */
const SCRIPT = `
local hits, left = tonumber(redis.call('GET', KEYS[1])), redis.call('PTTL', KEYS[1])
local window, limit, block = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if not hits or left <= 0 then
  hits, left = 0, window
  redis.call('SET', KEYS[1], hits, 'PX', left)
end
if hits <= limit then
  hits = redis.call('INCR', KEYS[1])
  if hits > limit and block > left then
    left = block
    redis.call('PEXPIRE', KEYS[1], left)
  end
end
return { hits, left }`;

const SCRIPT_SHA1 = createHash('sha1').update(SCRIPT).digest('hex');

/** Half of the HMAC: two sources that share a count would need a collision of 128 bits. */
const DIGEST_BYTES = 16;

/** Counts requests in Redis, for all instances together. It throws whenever Redis does not answer. */
export class RedisThrottlerStorage implements ThrottlerStorage {
  constructor(
    private readonly redis: RedisScripts,
    private readonly keys: { readonly prefix: string; readonly secret: Buffer },
  ) {}

  async increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
  ): Promise<ThrottlerStorageRecord> {
    return recordOf(await this.count(key, ttl, limit, blockDuration));
  }

  /** Counts one request, in one round trip and atomically. */
  async count(key: string, ttl: number, limit: number, block: number): Promise<RequestCount> {
    const [hits, leftMs] = await this.#run(this.#nameOf(key), ttl, limit, block);
    return { hits, leftMs, isBlocked: hits > limit };
  }

  async #run(...keyAndArguments: (string | number)[]): Promise<[number, number]> {
    try {
      return (await this.redis.evalsha(SCRIPT_SHA1, 1, ...keyAndArguments)) as [number, number];
    } catch (error) {
      // A Redis that was restarted or flushed knows no script.
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return (await this.redis.eval(SCRIPT, 1, ...keyAndArguments)) as [number, number];
    }
  }

  /** A dump of Redis names no address; the braces let every key of a source stand on one node of a cluster. */
  #nameOf(key: string): string {
    const digest = authenticate(this.keys.secret, key).subarray(0, DIGEST_BYTES);
    return `${this.keys.prefix}:throttle:{${digest.toString('base64url')}}`;
  }
}
