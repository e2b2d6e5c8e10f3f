import type { IntegerBound, OptionReader } from './option-reader';

/** Sessions: one authenticated period on one device, and the family of its refresh tokens. @publicApi */
export interface SessionOptions {
  /** Seconds without foreground activity after which a session ends. */
  readonly idleTimeoutSeconds?: number;
  /** Seconds after which a session ends, whatever its activity. */
  readonly absoluteTimeoutSeconds?: number;
  /**
   * Seconds in which the immediate predecessor of a refresh token still gets the current one, and that
   * of a session cookie is still accepted.
   */
  readonly refreshGraceSeconds?: number;
  /**
   * Seconds after a rotation in which a refresh that names its attempt gets a new access token
   * without another rotation, so that two quick reloads cannot outrun a slow answer.
   * When left out it equals `refreshGraceSeconds`.
   */
  readonly rotateMinIntervalSeconds?: number;
  /** How many live sessions an account may have at once; 0 for any number. */
  readonly maxPerAccount?: number;
  /**
   * What a login does where the account has that many. `end_oldest` ends the session that began first;
   * `refuse` answers `session_limit`, and only to who knew the password.
   * @default 'end_oldest'
   */
  readonly atLimit?: 'end_oldest' | 'refuse';
}

export const SESSION_BOUNDS = {
  idleTimeoutSeconds: {
    default: 1_209_600,
    min: 60,
    max: 31_536_000,
    reason: 'an unattended device must not stay signed in for ever (ASVS V7.3.1)',
  },
  absoluteTimeoutSeconds: {
    default: 7_776_000,
    min: 300,
    max: 31_536_000,
    reason: 'activity must not extend a session without end (ASVS V7.3.2)',
  },
  refreshGraceSeconds: {
    default: 30,
    min: 1,
    max: 120,
    reason: 'shorter signs people out after a lost response, longer helps a thief (RFC 9700 §4.14)',
  },
  rotateMinIntervalSeconds: {
    default: 30,
    min: 0,
    max: 120,
    reason: 'a longer one would keep one refresh token in use',
  },
  maxPerAccount: {
    default: 0,
    min: 0,
    max: 1000,
    reason: 'a login with a limit counts the sessions of its account (ASVS V7.1.2)',
  },
} satisfies Record<Exclude<keyof SessionOptions, 'atLimit'>, IntegerBound>;

export function readSessionOptions(
  reader: OptionReader,
  given: SessionOptions | undefined,
): Required<SessionOptions> {
  const bounded = Object.keys(SESSION_BOUNDS) as (keyof typeof SESSION_BOUNDS)[];
  const known = [...bounded, 'atLimit'] as const;
  const section = reader.section('sessions', given, known);
  const resolved = reader.integers('sessions', section, SESSION_BOUNDS);
  if (section.rotateMinIntervalSeconds === undefined) {
    resolved.rotateMinIntervalSeconds = resolved.refreshGraceSeconds;
  }
  if (resolved.absoluteTimeoutSeconds < resolved.idleTimeoutSeconds) {
    reader.refuse({
      option: 'sessions.absoluteTimeoutSeconds',
      value: String(resolved.absoluteTimeoutSeconds),
      bound: `at least sessions.idleTimeoutSeconds (${resolved.idleTimeoutSeconds})`,
      reason: 'the idle timeout could never be reached',
    });
  }
  return {
    ...resolved,
    atLimit: reader.oneOf(
      'sessions.atLimit',
      section.atLimit,
      ['end_oldest', 'refuse'],
      'end_oldest',
    ),
  };
}
