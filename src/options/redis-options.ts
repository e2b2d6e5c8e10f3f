import { print, type IntegerBound, type OptionReader } from './option-reader';

/**
 * A Redis that the instances of a fleet count requests in, together. It needs the package `ioredis`.
 * While Redis is away each instance goes on with what it counted itself; guesses of passwords are
 * counted in PostgreSQL, whatever Redis does.
 *
 * @publicApi
 */
export interface RedisOptions {
  /** Where it is: `redis://` or, with TLS, `rediss://`. It may hold a user and a password, and is never printed. */
  readonly url: string;
  /** Begins the name of every key; tells two applications in one Redis apart. @default 'portcullis' */
  readonly keyPrefix?: string;
  /** Milliseconds that a request waits for Redis before its instance counts alone. */
  readonly commandTimeoutMilliseconds?: number;
}

export const REDIS_BOUNDS = {
  commandTimeoutMilliseconds: {
    default: 150,
    min: 10,
    max: 200,
    reason: 'a Redis that hangs must not be felt by people who sign in (F-13)',
  },
} satisfies Record<string, IntegerBound>;

export type ResolvedRedisOptions = Readonly<Required<RedisOptions>>;

export function readRedisOptions(
  reader: OptionReader,
  given: RedisOptions | undefined,
): ResolvedRedisOptions | undefined {
  if (given === undefined) return undefined;
  const section = reader.section('redis', given, [
    'url',
    'keyPrefix',
    'commandTimeoutMilliseconds',
  ]);
  return Object.freeze({
    url: readUrl(reader, section.url),
    keyPrefix: readPrefix(reader, section.keyPrefix),
    ...reader.integers('redis', section, REDIS_BOUNDS),
  });
}

/** A refusal names it without its value: it may hold a password. */
function readUrl(reader: OptionReader, url: unknown): string {
  if (typeof url === 'string' && /^rediss?:\/\/[^/]/.test(url) && URL.canParse(url)) return url;
  reader.refuse({
    option: 'redis.url',
    bound: 'a URL such as rediss://user@host:6379/0',
    reason: 'the requests of the fleet are counted there',
  });
  return '';
}

function readPrefix(reader: OptionReader, prefix: unknown): string {
  if (prefix === undefined) return 'portcullis';
  if (typeof prefix === 'string' && /^[A-Za-z0-9:._-]{1,64}$/.test(prefix)) return prefix;
  reader.refuse({
    option: 'redis.keyPrefix',
    value: print(prefix),
    bound: 'a text of 1 to 64 letters, digits and the signs : . _ -',
    reason: 'braces would decide which node of a cluster counts',
  });
  return '';
}
