import type { IntegerBound, OptionReader } from './option-reader';

/**
 * What is removed, and when. Counters of guesses, changes and settled mails are removed as soon as they
 * have no effect any more.
 *
 * @publicApi
 */
export interface HousekeepingOptions {
  /**
   * Whether this instance takes part. Of all that do, one cleans up at a time. Without any,
   * `portcullis clean-up` has to be run. @default true
   */
  readonly enabled?: boolean;
  /** Minutes between two clean-ups of all instances together. */
  readonly intervalMinutes?: number;
  /** Days for which a session that ended or expired is kept. */
  readonly endedSessionDays?: number;
  /**
   * Whole months for which the audit is kept, besides the current one. 0 keeps it for ever.
   */
  readonly auditMonths?: number;
}

export const HOUSEKEEPING_BOUNDS = {
  intervalMinutes: {
    default: 60,
    min: 1,
    max: 10_080,
    reason: 'each looks at every session, and a longer one leaves more to remove at once',
  },
  endedSessionDays: {
    default: 7,
    min: 1,
    max: 3650,
    reason:
      'until then its tokens are told that it ended, and access tokens live for an hour at most',
  },
  auditMonths: {
    default: 0,
    min: 0,
    max: 1200,
    reason: 'the audit is kept in one partition a month, and how long is for you to decide',
  },
} satisfies Record<string, IntegerBound>;

export function readHousekeepingOptions(
  reader: OptionReader,
  given: HousekeepingOptions | undefined,
): Required<HousekeepingOptions> {
  const section = reader.section('housekeeping', given, [
    'enabled',
    'intervalMinutes',
    'endedSessionDays',
    'auditMonths',
  ]);
  return {
    enabled: reader.boolean('housekeeping.enabled', section.enabled, true),
    ...reader.integers('housekeeping', section, HOUSEKEEPING_BOUNDS),
  };
}
