import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import {
  exportPrivateKey,
  generateKeyMaterial,
  importPrivateKey,
} from '../../src/keys/signing-key';

function pkcs8(key: KeyObject): Buffer {
  return key.export({ type: 'pkcs8', format: 'der' });
}

describe('a signing key', () => {
  it('CR-1: is on P-256 and named by its RFC 7638 thumbprint', async () => {
    const { signing, verification, publicJwk } = generateKeyMaterial();
    expect(signing.algorithm).toBe('ES256');
    expect(verification.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(publicJwk.kid).toBe(await calculateJwkThumbprint({ ...publicJwk }, 'sha256'));
    expect([signing.kid, verification.kid]).toEqual([publicJwk.kid, publicJwk.kid]);
  });

  it('comes back from its stored form as the same key', () => {
    const made = generateKeyMaterial();
    const back = importPrivateKey('ES256', exportPrivateKey(made));
    expect(back?.publicJwk).toEqual(made.publicJwk);
    expect(back?.signing.privateKey.equals(made.signing.privateKey)).toBe(true);
  });

  it('CR-3: shows public members only', () => {
    const { publicJwk } = generateKeyMaterial();
    expect(Object.keys(publicJwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(publicJwk).toMatchObject({ use: 'sig', alg: 'ES256', kty: 'EC', crv: 'P-256' });
  });

  it('CR-1: is never of another curve or kind than its algorithm asks for', () => {
    const others = [
      generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
      generateKeyPairSync('ed25519').privateKey,
      generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    ];
    for (const other of others) expect(importPrivateKey('ES256', pkcs8(other))).toBeUndefined();
    expect(importPrivateKey('ES256', Buffer.from('no key at all'))).toBeUndefined();
  });
});
