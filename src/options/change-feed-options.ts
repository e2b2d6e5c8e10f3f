import type { IntegerBound, OptionReader } from './option-reader';

/** How revocations and changes of authority reach every instance. @publicApi */
export interface ChangeFeedOptions {
  /**
   * Connection string of a direct connection that may LISTEN, where the application's own
   * connections go through a transaction-mode pooler. When left out, the feed uses the connection
   * parameters of the DataSource.
   */
  readonly listenUrl?: string;
  /** Whether to LISTEN at all. Without it the feed only polls. @default true */
  readonly listen?: boolean;
  /** Milliseconds between two polls. Polling finds what a notification missed. */
  readonly pollMilliseconds?: number;
  /** Milliseconds without a successful poll after which guarded routes answer `authority_stale`. */
  readonly maxStalenessMilliseconds?: number;
}

export const CHANGE_FEED_BOUNDS = {
  pollMilliseconds: {
    default: 400,
    min: 50,
    max: 900,
    reason: 'a change must reach every instance within one second, even without LISTEN',
  },
  maxStalenessMilliseconds: {
    default: 10_000,
    min: 1000,
    max: 60_000,
    reason: 'an instance that hears nothing must not go on deciding from memory',
  },
} satisfies Record<string, IntegerBound>;

export type ResolvedChangeFeedOptions = Required<Omit<ChangeFeedOptions, 'listenUrl'>> &
  Pick<ChangeFeedOptions, 'listenUrl'>;

export function readChangeFeedOptions(
  reader: OptionReader,
  given: ChangeFeedOptions | undefined,
): ResolvedChangeFeedOptions {
  const section = reader.section('changeFeed', given, [
    'listenUrl',
    'listen',
    'pollMilliseconds',
    'maxStalenessMilliseconds',
  ]);
  const { listenUrl } = section;
  if (listenUrl !== undefined && !/^postgres(ql)?:\/\//.test(listenUrl)) {
    reader.refuse({
      option: 'changeFeed.listenUrl',
      bound: 'a URL that starts with postgres:// or postgresql://',
      reason: 'the feed opens its own connection with it',
    });
  }
  return {
    listenUrl,
    listen: reader.boolean('changeFeed.listen', section.listen, true),
    ...reader.integers('changeFeed', section, CHANGE_FEED_BOUNDS),
  };
}
