import { createSecretKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import {
  exportPrivateKey,
  generateKeyMaterial,
  importPrivateKey,
} from '../../src/keys/key-material';
import type { KeyMaterial } from '../../src/keys/signing-key';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../src/options/signing-key-options';

const ASYMMETRIC = ['ES256', 'RS256', 'PS256'] as const;

/** What private or secret JWKs have beside what everybody may see (RFC 7518 §6.2.2, §6.3.2, §6.4.1). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

function pkcs8(key: KeyObject): Buffer {
  return key.export({ type: 'pkcs8', format: 'der' });
}

const rsa = (modulusLength: number, publicExponent = 65_537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey;

describe('a signing key', () => {
  const made = new Map<SigningAlgorithm, KeyMaterial>();

  beforeAll(async () => {
    for (const algorithm of SIGNING_ALGORITHMS) {
      made.set(algorithm, await generateKeyMaterial(algorithm));
    }
  }, 60_000);

  const of = (algorithm: SigningAlgorithm) => made.get(algorithm)!;

  it.each(ASYMMETRIC)('of %s is named by its RFC 7638 thumbprint', async (algorithm) => {
    const { signing, verification, publicJwk } = of(algorithm);
    const kid = await calculateJwkThumbprint({ ...publicJwk }, 'sha256');
    expect([signing.kid, verification.kid, publicJwk!.kid]).toEqual([kid, kid, kid]);
    expect([signing.algorithm, verification.algorithm, publicJwk!.alg]).toEqual(
      Array.from({ length: 3 }, () => algorithm),
    );
    expect([signing.key.type, verification.key.type]).toEqual(['private', 'public']);
  });

  it('CR-1: is as strong as 128 bits: on P-256, of 3072 bits, or of 256 random bits', () => {
    expect(of('ES256').verification.key.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    for (const algorithm of ['RS256', 'PS256'] as const) {
      expect(of(algorithm).verification.key.asymmetricKeyDetails).toEqual({
        modulusLength: 3072,
        publicExponent: 65_537n,
      });
    }
    expect(of('HS256').signing.key.symmetricKeySize).toBe(32);
  });

  it('CR-3: shows public members only, of HS256 nothing at all', () => {
    const members = (algorithm: SigningAlgorithm) =>
      Object.keys(of(algorithm).publicJwk ?? {}).sort();
    expect(members('ES256')).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(members('RS256')).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect(members('PS256')).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect(of('HS256').publicJwk).toBeUndefined();
    for (const [algorithm, { signing, publicJwk }] of made) {
      const secret: Record<string, unknown> = { ...signing.key.export({ format: 'jwk' }) };
      const shown = JSON.stringify(publicJwk ?? {}) + signing.kid;
      const hidden = PRIVATE_MEMBERS.flatMap((name) => secret[name] ?? []);
      expect([algorithm, hidden.length > 0]).toEqual([algorithm, true]);
      for (const member of hidden) expect(shown).not.toContain(member);
    }
  });

  it('CR-3: of HS256 has a name that is not the digest of its secret (RFC 7638 §7)', async () => {
    const { signing } = of('HS256');
    const jwk = signing.key.export({ format: 'jwk' }) as JWK;
    expect(signing.kid).not.toBe(await calculateJwkThumbprint(jwk, 'sha256'));
    expect(signing.kid).toMatch(/^[\w-]{43}$/);
  });

  it.each(SIGNING_ALGORITHMS)('of %s comes back from its stored form as itself', (algorithm) => {
    const one = of(algorithm);
    const back = importPrivateKey(algorithm, exportPrivateKey(one));
    expect(back?.publicJwk).toEqual(one.publicJwk);
    expect(back?.signing.kid).toBe(one.signing.kid);
    expect(back?.signing.key.equals(one.signing.key)).toBe(true);
    expect(back?.verification.key.equals(one.verification.key)).toBe(true);
  });

  it('CR-1: is never of another curve or kind than its algorithm asks for', () => {
    const others = [
      generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
      generateKeyPairSync('ed25519').privateKey,
    ];
    for (const algorithm of ASYMMETRIC) {
      for (const other of others) expect(importPrivateKey(algorithm, pkcs8(other))).toBeUndefined();
      expect(importPrivateKey(algorithm, Buffer.from('no key at all'))).toBeUndefined();
      expect(importPrivateKey(algorithm, Buffer.alloc(0))).toBeUndefined();
    }
    expect(importPrivateKey('ES256', exportPrivateKey(of('RS256')))).toBeUndefined();
    expect(importPrivateKey('RS256', exportPrivateKey(of('ES256')))).toBeUndefined();
  });

  it('CR-1: is refused when it is too weak: RSA below 3072 bits or of exponent 3, 31 bytes', () => {
    const pss = generateKeyPairSync('rsa-pss', { modulusLength: 3072 }).privateKey;
    for (const algorithm of ['RS256', 'PS256'] as const) {
      for (const weak of [rsa(1024), rsa(2048), rsa(3072, 3), pss]) {
        expect(importPrivateKey(algorithm, pkcs8(weak))).toBeUndefined();
      }
    }
    for (const bytes of [0, 8, 16, 31]) {
      expect(importPrivateKey('HS256', randomBytes(bytes))).toBeUndefined();
    }
    const strong = createSecretKey(randomBytes(32)).export();
    expect(importPrivateKey('HS256', strong)?.signing.algorithm).toBe('HS256');
  });
});
