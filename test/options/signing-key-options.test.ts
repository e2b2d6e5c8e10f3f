import type { ConfigurationError } from '../../src/errors/configuration-error';
import {
  JWKS_MAX_AGE_SECONDS,
  retiredKeySeconds,
  SIGNING_ALGORITHMS,
  type SigningKeyOptions,
} from '../../src/options/signing-key-options';
import { testOptions } from '../support/auth-options';

function problemsOf(signingKeys: object): ConfigurationError['problems'] {
  try {
    testOptions({ signingKeys });
  } catch (error) {
    return (error as ConfigurationError).problems;
  }
  return [];
}

describe('the options of signing keys', () => {
  it('are complete: ES256, replaced after 90 days, published a day ahead', () => {
    expect(testOptions().signingKeys).toEqual({
      algorithm: 'ES256',
      rotateAfterDays: 90,
      publishAheadSeconds: 86_400,
    });
  });

  it.each(SIGNING_ALGORITHMS)('take %s', (algorithm) => {
    expect(testOptions({ signingKeys: { algorithm } }).signingKeys.algorithm).toBe(algorithm);
  });

  it.each(['none', 'es256', 'EdDSA', 'ES384', 'RS512', '', null, 256, ['ES256']])(
    'JW-2: refuse %j as an algorithm',
    (algorithm) => {
      expect(problemsOf({ algorithm })).toMatchObject([{ option: 'signingKeys.algorithm' }]);
    },
  );

  it('CR-3: never publish for less than others keep the key set', () => {
    for (const publishAheadSeconds of [0, JWKS_MAX_AGE_SECONDS, JWKS_MAX_AGE_SECONDS + 59]) {
      expect(problemsOf({ publishAheadSeconds })).toMatchObject([
        { option: 'signingKeys.publishAheadSeconds', bound: 'an integer from 360 to 2592000' },
      ]);
    }
    expect(problemsOf({ publishAheadSeconds: JWKS_MAX_AGE_SECONDS + 60 })).toEqual([]);
  });

  it.each<[SigningKeyOptions, number]>([
    [{ rotateAfterDays: 1, publishAheadSeconds: 86_400 }, 0],
    [{ rotateAfterDays: 1, publishAheadSeconds: 86_401 }, 1],
    [{ rotateAfterDays: 0, publishAheadSeconds: 30 * 86_400 }, 0],
  ])('CR-2: a successor is never published for longer than a key lives: %j', (given, problems) => {
    expect(problemsOf(given)).toHaveLength(problems);
  });

  it('CR-3: a retired key outlives its last token, with the clocks and the pick-up of others', () => {
    const { accessTokens } = testOptions({
      accessTokens: { ttlSeconds: 3600, clockToleranceSeconds: 60 },
    });
    expect(retiredKeySeconds(accessTokens)).toBe(3600 + 2 * 60 + 60);
  });
});
