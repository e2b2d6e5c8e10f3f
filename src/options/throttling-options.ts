import type { IntegerBound, OptionReader } from './option-reader';

/** How many requests one source may make in a window. @publicApi */
export interface ThrottleLimit {
  readonly limit?: number;
  readonly windowSeconds?: number;
}

/**
 * Limits on requests per source, counted by each instance alone, or by all together in `redis`.
 *
 * @publicApi
 */
export interface ThrottlingOptions {
  /** Requests to `/auth/login`. */
  readonly login?: ThrottleLimit;
  /** Requests to `/auth/refresh`. */
  readonly refresh?: ThrottleLimit;
  /** Requests to `/auth/introspect` and `/auth/revoke`, where resource servers ask about every token. */
  readonly tokens?: ThrottleLimit;
  /** Requests to `/auth/session` and `/auth/form-token`, which every view of a page may cost. */
  readonly pages?: ThrottleLimit;
  /** Requests to the other routes of Portcullis. */
  readonly account?: ThrottleLimit;
  /** Requests to every other route, where `throttleEveryRoute` is on. */
  readonly application?: ThrottleLimit;
}

/** Limits on guesses of passwords, counted in PostgreSQL for all instances together. @publicApi */
export interface GuessingOptions {
  /** Consecutive failures for one identifier that cost no wait. */
  readonly freeFailures?: number;
  /** Seconds to wait after the first failure that costs a wait; each further one doubles it. */
  readonly firstDelaySeconds?: number;
  /** The longest wait in seconds. */
  readonly maxDelaySeconds?: number;
  /** Consecutive failures from unknown devices after which only a known device, a reset or an administrator helps. */
  readonly unknownDeviceCap?: number;
  /** Consecutive failures from known devices of an account after which the same holds for them. */
  readonly knownDeviceCap?: number;
  /** Failures of one source, over all identifiers, in `sourceWindowSeconds`. */
  readonly sourceCap?: number;
  /** Seconds in which the failures of one source are counted. */
  readonly sourceWindowSeconds?: number;
  /** Days for which a browser that signed in counts as a known device of its account. */
  readonly knownDeviceDays?: number;
}

const reason = 'it bounds what one source may cost';

function limit(requests: number, windowSeconds: number): Record<keyof ThrottleLimit, IntegerBound> {
  return {
    limit: { default: requests, min: 1, max: 1_000_000_000, reason },
    windowSeconds: { default: windowSeconds, min: 1, max: 86_400, reason },
  };
}

export const THROTTLING_BOUNDS = {
  login: limit(30, 60),
  refresh: limit(120, 60),
  tokens: limit(60_000, 60),
  pages: limit(600, 60),
  account: limit(120, 60),
  application: limit(600, 60),
} satisfies Record<keyof ThrottlingOptions, Record<keyof ThrottleLimit, IntegerBound>>;

export const GUESSING_BOUNDS = {
  freeFailures: {
    default: 5,
    min: 1,
    max: 20,
    reason: 'people mistype, and every free guess is a guess for an attacker too',
  },
  firstDelaySeconds: { default: 1, min: 1, max: 60, reason: 'a wait has to be felt by a script' },
  maxDelaySeconds: {
    default: 900,
    min: 1,
    max: 86_400,
    reason: 'a longer one would lock the owner out for an attacker (LG-9)',
  },
  unknownDeviceCap: {
    default: 100,
    min: 5,
    max: 100,
    reason: 'SP 800-63B-4 §3.2.2 allows at most 100 consecutive failures',
  },
  knownDeviceCap: {
    default: 100,
    min: 5,
    max: 100,
    reason: 'SP 800-63B-4 §3.2.2 allows at most 100 consecutive failures',
  },
  sourceCap: {
    default: 100,
    min: 5,
    max: 1_000_000_000,
    reason: 'one source trying many accounts is spraying (LG-4)',
  },
  sourceWindowSeconds: { default: 900, min: 1, max: 86_400, reason },
  knownDeviceDays: {
    default: 180,
    min: 1,
    max: 400,
    reason: 'browsers keep no cookie for more than 400 days',
  },
} satisfies Record<keyof GuessingOptions, IntegerBound>;

export type ResolvedThrottlingOptions = Readonly<
  Record<keyof ThrottlingOptions, Required<ThrottleLimit>>
>;

export function readThrottlingOptions(
  reader: OptionReader,
  given: ThrottlingOptions | undefined,
): ResolvedThrottlingOptions {
  const names = Object.keys(THROTTLING_BOUNDS) as (keyof ThrottlingOptions)[];
  const section = reader.section('throttling', given, names);
  const limits = names.map((name) => {
    const path = `throttling.${name}`;
    const one = reader.section(path, section[name], ['limit', 'windowSeconds']);
    return [name, Object.freeze(reader.integers(path, one, THROTTLING_BOUNDS[name]))];
  });
  return Object.fromEntries(limits) as ResolvedThrottlingOptions;
}

export function readGuessingOptions(
  reader: OptionReader,
  given: GuessingOptions | undefined,
): Required<GuessingOptions> {
  const known = Object.keys(GUESSING_BOUNDS) as (keyof GuessingOptions)[];
  return reader.integers('guessing', reader.section('guessing', given, known), GUESSING_BOUNDS);
}
