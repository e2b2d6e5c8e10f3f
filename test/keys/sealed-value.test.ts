import { isSealedUnderCurrent, openValue, sealValue } from '../../src/keys/sealed-value';
import { SecretKeys } from '../../src/options/secret-keys';
import { SECRETS, testOptions } from '../support/auth-options';

const place = { purpose: 'signing-key ES256', id: 'row-1' };
const plaintext = Buffer.from('a private key');

function secretKeys(...secrets: string[]): SecretKeys {
  return new SecretKeys(testOptions({ secrets }));
}

describe('a sealed value', () => {
  const secrets = secretKeys(SECRETS.first);
  const sealed = sealValue(secrets, plaintext, place);

  it('CR-5: opens in its own place and nowhere else', () => {
    expect(openValue(secrets, sealed, place)).toEqual({ outcome: 'opened', plaintext });
    for (const other of [
      { ...place, id: 'row-2' },
      { ...place, purpose: 'signing-key RS256' },
      { purpose: 'signing-key ES256\0row', id: '-1' },
    ]) {
      expect(openValue(secrets, sealed, other)).toEqual({ outcome: 'corrupt' });
    }
  });

  it('CR-5: with any one bit changed it is refused, and never opened to something else', () => {
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const namesAnotherSecret = bit >> 3 >= 1 && bit >> 3 < 5;
      expect(openValue(secrets, changed, place)).toEqual({
        outcome: namesAnotherSecret ? 'secret_missing' : 'corrupt',
      });
    }
  });

  it('CR-5: cut at any length or extended it is refused', () => {
    for (let length = 0; length < sealed.length; length += 1) {
      expect(openValue(secrets, sealed.subarray(0, length), place)).toEqual({ outcome: 'corrupt' });
    }
    const longer = Buffer.concat([sealed, Buffer.alloc(1)]);
    expect(openValue(secrets, longer, place)).toEqual({ outcome: 'corrupt' });
  });

  it('CR-5: the same plaintext never looks the same twice, and never shows', () => {
    const texts = Array.from({ length: 1000 }, () =>
      sealValue(secrets, plaintext, place).toString('hex'),
    );
    expect(new Set(texts).size).toBe(1000);
    expect(sealed.includes(plaintext)).toBe(false);
  });

  it('CR-5: stays open under an older secret, while the current one seals', () => {
    const both = secretKeys(SECRETS.second, SECRETS.first);
    expect(openValue(both, sealed, place)).toEqual({ outcome: 'opened', plaintext });
    expect(isSealedUnderCurrent(both, sealed)).toBe(false);

    const renewed = sealValue(both, plaintext, place);
    expect(isSealedUnderCurrent(both, renewed)).toBe(true);
    expect(openValue(secretKeys(SECRETS.second), renewed, place).outcome).toBe('opened');
    expect(openValue(secrets, renewed, place)).toEqual({ outcome: 'secret_missing' });
  });
});
