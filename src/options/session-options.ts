import type { IntegerBound, OptionReader } from './option-reader';

/** Sessions: one authenticated period on one device, and the family of its refresh tokens. @publicApi */
export interface SessionOptions {
  /** Seconds without foreground activity after which a session ends. */
  readonly idleTimeoutSeconds?: number;
  /** Seconds after which a session ends, whatever its activity. */
  readonly absoluteTimeoutSeconds?: number;
  /** Seconds in which the immediate predecessor of a refresh token still gets the current one. */
  readonly refreshGraceSeconds?: number;
  /**
   * Seconds after a rotation in which a refresh that names its attempt gets a new access token
   * without another rotation, so that two quick reloads cannot outrun a slow answer.
   * When left out it equals `refreshGraceSeconds`.
   */
  readonly rotateMinIntervalSeconds?: number;
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
} satisfies Record<keyof SessionOptions, IntegerBound>;

export function readSessionOptions(
  reader: OptionReader,
  given: SessionOptions | undefined,
): Required<SessionOptions> {
  const known = Object.keys(SESSION_BOUNDS) as (keyof SessionOptions)[];
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
  return resolved;
}
