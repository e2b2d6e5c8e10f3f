import type { IntegerBound, OptionReader } from './option-reader';

/** Access tokens: short-lived, kept in memory by the browser, never stored by the server. @publicApi */
export interface AccessTokenOptions {
  /** Seconds an access token lives. Revocation does not wait for it. */
  readonly ttlSeconds?: number;
  /** Seconds by which clocks of different machines may differ when `exp` and `nbf` are compared. */
  readonly clockToleranceSeconds?: number;
  /** How many verified tokens one instance remembers, so that a guarded request costs no signature check. */
  readonly cacheEntries?: number;
}

export const ACCESS_TOKEN_BOUNDS = {
  ttlSeconds: {
    default: 600,
    min: 30,
    max: 3600,
    reason: 'foreign resource servers honour a token until it expires',
  },
  clockToleranceSeconds: {
    default: 5,
    min: 0,
    max: 60,
    reason: 'more than a minute would lengthen the life of every token (RFC 7519 §4.1.4)',
  },
  cacheEntries: {
    default: 20_000,
    min: 0,
    max: 1_000_000,
    reason: 'each entry takes about 2 KB of memory',
  },
} satisfies Record<keyof AccessTokenOptions, IntegerBound>;

export function readAccessTokenOptions(
  reader: OptionReader,
  given: AccessTokenOptions | undefined,
): Required<AccessTokenOptions> {
  const known = Object.keys(ACCESS_TOKEN_BOUNDS) as (keyof AccessTokenOptions)[];
  const section = reader.section('accessTokens', given, known);
  return reader.integers('accessTokens', section, ACCESS_TOKEN_BOUNDS);
}
