import type { IntegerBound, OptionReader } from './option-reader';
import type { AccessTokenOptions } from './token-options';

/** The algorithms that a signing key may have. A key has one for its whole life (RFC 8725 §3.1). */
export const SIGNING_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'HS256'] as const;

/** How access tokens are signed (RFC 7518 §3.1). @publicApi */
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** The keys that sign access tokens, and how they replace each other. @publicApi */
export interface SigningKeyOptions {
  /**
   * The algorithm of new keys. After a change the next rotation makes a key of the new one, and tokens
   * of the old one stay good until they expire. With `HS256` foreign servers cannot verify tokens
   * themselves, because the key is the secret: they have to ask by introspection. @default 'ES256'
   */
  readonly algorithm?: SigningAlgorithm;
  /** Days after which a key is replaced. 0 leaves replacing to `keys:rotate` and the administration. */
  readonly rotateAfterDays?: number;
  /** Seconds for which a new key is in the published key set before it signs its first token. */
  readonly publishAheadSeconds?: number;
}

/** How long others may keep the published key set, and so how long they may trust a key after its revocation. */
export const JWKS_MAX_AGE_SECONDS = 300;

/** Every instance reads the keys again after this time, also one that the change feed does not reach. */
export const KEYS_REREAD_SECONDS = 60;

const DAY_SECONDS = 86_400;

export const SIGNING_KEY_BOUNDS = {
  rotateAfterDays: {
    default: 90,
    min: 0,
    max: 365,
    reason: 'whoever copied a key may use it until it is replaced',
  },
  publishAheadSeconds: {
    default: DAY_SECONDS,
    min: JWKS_MAX_AGE_SECONDS + KEYS_REREAD_SECONDS,
    max: 30 * DAY_SECONDS,
    reason:
      'others keep the key set for 300 seconds, and an instance may need 60 to learn of a key (CR-3)',
  },
} satisfies Record<string, IntegerBound>;

export function readSigningKeyOptions(
  reader: OptionReader,
  given: SigningKeyOptions | undefined,
): Required<SigningKeyOptions> {
  const section = reader.section('signingKeys', given, [
    'algorithm',
    'rotateAfterDays',
    'publishAheadSeconds',
  ]);
  const numbers = reader.integers('signingKeys', section, SIGNING_KEY_BOUNDS);
  const { rotateAfterDays, publishAheadSeconds } = numbers;
  if (rotateAfterDays > 0 && publishAheadSeconds > rotateAfterDays * DAY_SECONDS) {
    reader.refuse({
      option: 'signingKeys.publishAheadSeconds',
      value: String(publishAheadSeconds),
      bound: 'at most `signingKeys.rotateAfterDays`',
      reason: 'a key is replaced no sooner than its successor was published for that long',
    });
  }
  return {
    algorithm: reader.oneOf(
      'signingKeys.algorithm',
      section.algorithm,
      SIGNING_ALGORITHMS,
      'ES256',
    ),
    ...numbers,
  };
}

/**
 * For how long a key verifies after it was replaced: until the last token it signed is dead, also one
 * that an instance signed which learned of the replacement as late as it may.
 */
export function retiredKeySeconds({
  ttlSeconds,
  clockToleranceSeconds,
}: Readonly<Required<AccessTokenOptions>>): number {
  return ttlSeconds + 2 * clockToleranceSeconds + KEYS_REREAD_SECONDS;
}
