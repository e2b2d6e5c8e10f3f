import { ConfigurationError } from '../../src/errors/configuration-error';
import { resolveAuthOptions } from '../../src/options/resolve-options';
import { SECRETS } from '../support/auth-options';

const VALID = {
  issuer: 'https://api.portcullis.test',
  secrets: [SECRETS.first],
  passwordPeppers: [{ version: 1, secret: 'Xy5RtB8uN2eW6oC1iV4zM7kQ3gJ9dH0f' }],
};

function refusal(redis: object): string {
  try {
    resolveAuthOptions({ ...VALID, redis: redis as never });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error('The options were accepted.');
}

describe('the options of Redis', () => {
  const url = 'rediss://app:hunter2-secret@redis.internal:6380/2';

  it('are none unless given: each instance counts alone', () => {
    expect(resolveAuthOptions(VALID).redis).toBeUndefined();
  });

  it('are one line for a team, and frozen', () => {
    const { redis } = resolveAuthOptions({ ...VALID, redis: { url } });
    expect(redis).toEqual({ url, keyPrefix: 'portcullis', commandTimeoutMilliseconds: 150 });
    expect(Object.isFrozen(redis)).toBe(true);
  });

  it.each([
    ['http://hunter2-secret@redis.internal'],
    ['hunter2-secret@redis.internal:6379'],
    ['redis://'],
    [''],
    [undefined],
    [6379],
  ])('refuse %j as a URL, and never print it', (given) => {
    const message = refusal({ url: given });
    expect(message).toContain('redis.url must be a URL');
    expect(message).not.toContain('hunter2');
  });

  it.each([[9], [201], [0.5], ['100']])('refuse a time limit of %j', (given) => {
    expect(refusal({ url, commandTimeoutMilliseconds: given })).toContain(
      'must be an integer from 10 to 200',
    );
    expect(refusal({ url, commandTimeoutMilliseconds: given })).not.toContain('hunter2');
  });

  it.each([['{tag}'], ['a b'], [''], ['x'.repeat(65)], [7]])('refuse %j as a prefix', (given) => {
    expect(refusal({ url, keyPrefix: given })).toContain('redis.keyPrefix');
  });

  it('refuse a name that no option has', () => {
    expect(refusal({ url, host: 'redis.internal' })).toContain('redis.host');
  });
});
