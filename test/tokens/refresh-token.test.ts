import fc from 'fast-check';
import type { AuthOptions } from '../../src/options/auth-options';
import { SecretKeys } from '../../src/options/secret-keys';
import { familySecretDigest, newFamilySecret, RefreshTokens } from '../../src/tokens/refresh-token';
import { SECRETS, testOptions } from '../support/auth-options';

const tokensUnder = (...secrets: string[]) => tokensOf({ secrets });

function tokensOf(given: Partial<AuthOptions>): RefreshTokens {
  const options = testOptions(given);
  return new RefreshTokens(new SecretKeys(options), options);
}

const anyToken = fc.record({
  sessionId: fc.uuid({ version: 7 }),
  familySecret: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes)),
  counter: fc.integer({ min: 0, max: 0xffff_ffff }),
});

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('refresh tokens', () => {
  const tokens = tokensUnder(SECRETS.first);

  it('read what they wrote, for every session, secret and generation', () => {
    fc.assert(
      fc.property(anyToken, (token) => {
        const encoded = tokens.encode(token);
        expect(encoded).toMatch(/^[A-Za-z0-9_-]{76}$/);
        expect(tokens.decode(encoded)).toEqual(token);
      }),
    );
  });

  it('have one spelling: any other character anywhere makes them worthless', () => {
    const change = fc.tuple(fc.nat({ max: 75 }), fc.constantFrom(...ALPHABET));
    fc.assert(
      fc.property(anyToken, change, (token, [at, character]) => {
        const encoded = tokens.encode(token);
        fc.pre(encoded[at] !== character);
        const altered = encoded.slice(0, at) + character + encoded.slice(at + 1);
        expect(tokens.decode(altered)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('refuse anything that is not one of them, of whatever type', () => {
    fc.assert(fc.property(fc.anything(), (value) => tokens.decode(value) === undefined));
    const encoded = tokens.encode({
      sessionId: '01890a5d-ac96-774b-bcce-b302099a8057',
      familySecret: newFamilySecret(),
      counter: 0,
    });
    for (const spelling of [`${encoded}=`, ` ${encoded}`, `${encoded}\n`, encoded.slice(0, -1)]) {
      expect(tokens.decode(spelling)).toBeUndefined();
    }
  });

  it('stay readable while their secret is still listed, wherever it stands, and die with it', () => {
    fc.assert(
      fc.property(anyToken, (token) => {
        const old = tokens.encode(token);
        expect(tokensUnder(SECRETS.second, SECRETS.first).decode(old)).toEqual(token);
        expect(tokensUnder(SECRETS.second).decode(old)).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  it('cannot be moved to another session: the key of a family depends on its id', () => {
    fc.assert(
      fc.property(anyToken, fc.uuid({ version: 7 }), (token, other) => {
        fc.pre(other !== token.sessionId);
        const [mine, theirs] = [token, { ...token, sessionId: other }].map((one) =>
          Buffer.from(tokens.encode(one), 'base64url'),
        );
        const grafted = Buffer.concat([theirs!.subarray(0, 41), mine!.subarray(41)]);
        expect(tokens.decode(grafted.toString('base64url'))).toBeUndefined();
      }),
    );
  });

  it('RT-7: leave the database a digest of 256 bits over 128 random ones', () => {
    const secret = newFamilySecret();
    expect(secret).toHaveLength(16);
    expect(newFamilySecret()).not.toEqual(secret);
    expect(familySecretDigest(secret)).toHaveLength(32);
  });
});
