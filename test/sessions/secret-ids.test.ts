import { SecretKeys } from '../../src/options/secret-keys';
import { isSecretId, secretIdDigest, SecretIds } from '../../src/sessions/secret-ids';
import { SECRETS, testOptions } from '../support/auth-options';

const under = (...secrets: string[]) => new SecretIds(new SecretKeys(testOptions({ secrets })));

describe('secret ids', () => {
  const ids = under(SECRETS.first);

  it('SS-2: are opaque: 256 bits, all different, in no order and with no bit that stands still', () => {
    const made = Array.from({ length: 10_000 }, () => ids.make().id);
    expect(made.every(isSecretId)).toBe(true);
    expect(new Set(made).size).toBe(made.length);
    const bytes = made.map((id) => Buffer.from(id, 'base64url'));
    expect(bytes.every(({ length }) => length === 32)).toBe(true);
    for (let bit = 0; bit < 256; bit += 1) {
      const ones = bytes.filter((id) => (id[bit >> 3]! >> (bit & 7)) & 1).length;
      // Half of 10,000, within six standard deviations.
      expect(Math.abs(ones - 5000)).toBeLessThan(300);
    }
    const rising = made.filter((id, index) => index > 0 && id > made[index - 1]!).length;
    expect(Math.abs(rising - 5000)).toBeLessThan(300);
  });

  it('are kept as a digest and found again from their nonce, by this server only', () => {
    const { id, nonce, digest } = ids.make();
    expect(secretIdDigest(id)).toEqual(digest);
    expect(ids.again({ nonce, digest })).toBe(id);
    expect(under(SECRETS.second).again({ nonce, digest })).toBeUndefined();
    expect(ids.again({ nonce: Buffer.alloc(32), digest })).toBeUndefined();
  });

  it('are found again after the secret was replaced, as long as the old one is kept', () => {
    const kept = ids.make();
    const replaced = under(SECRETS.second, SECRETS.first);
    expect(replaced.again(kept)).toBe(kept.id);
    expect(replaced.again(replaced.make())).toMatch(/^[\w-]{43}$/);
  });

  it('have one spelling each', () => {
    const { id } = ids.make();
    expect(isSecretId(id)).toBe(true);
    const last = id.at(-1)!;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spare = alphabet[alphabet.indexOf(last) + 1]!;
    const others = [`${id}=`, id.slice(1), ` ${id}`, `${id}\n`, `${id.slice(0, -1)}${spare}`];
    expect(others.filter(isSecretId)).toEqual([]);
  });
});
