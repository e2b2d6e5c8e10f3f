import type { IntegerBound, OptionReader } from './option-reader';

/** Passwords and the queue that hashes them. @publicApi */
export interface PasswordOptions {
  /** The bcrypt cost. Each step doubles the time of a hash; stored hashes are upgraded at login. */
  readonly cost?: number;
  /** The fewest characters (code points) a new password may have. */
  readonly minLength?: number;
  /** The most characters (code points) a password may have. */
  readonly maxLength?: number;
  /** How many threads hash at once. 0 means one per core. */
  readonly hashThreads?: number;
  /** How many hashes may wait for a thread before logins are answered `overloaded`. */
  readonly hashQueueLimit?: number;
  /** Seconds a hash may wait for a thread before its login is answered `overloaded`. */
  readonly hashWaitSeconds?: number;
  /** How many hashes of one source may wait at once. */
  readonly hashQueuePerSource?: number;
}

export const PASSWORD_BOUNDS = {
  cost: {
    default: 12,
    min: 10,
    max: 15,
    reason: 'less can be guessed too fast (ASVS appendix C), more invites a denial of service',
  },
  minLength: {
    default: 15,
    min: 8,
    max: 64,
    reason:
      'a password that is the only factor needs 15 characters, never fewer than 8 (SP 800-63B-4 §3.1.1.2)',
  },
  maxLength: {
    default: 256,
    min: 64,
    max: 1024,
    reason: 'long pass phrases must fit, and the work of one request must stay bounded',
  },
  hashThreads: {
    default: 0,
    min: 0,
    max: 64,
    reason: 'more threads than cores only wait for each other',
  },
  hashQueueLimit: {
    default: 64,
    min: 1,
    max: 10_000,
    reason: 'a longer queue answers people who have already gone',
  },
  hashWaitSeconds: {
    default: 5,
    min: 1,
    max: 60,
    reason: 'people give up, and retries make the storm worse',
  },
  hashQueuePerSource: {
    default: 2,
    min: 1,
    max: 1000,
    reason: 'one source must not fill the queue',
  },
} satisfies Record<keyof PasswordOptions, IntegerBound>;

export function readPasswordOptions(
  reader: OptionReader,
  given: PasswordOptions | undefined,
): Required<PasswordOptions> {
  const known = Object.keys(PASSWORD_BOUNDS) as (keyof PasswordOptions)[];
  return reader.integers('passwords', reader.section('passwords', given, known), PASSWORD_BOUNDS);
}
