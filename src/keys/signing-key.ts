import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

/** The algorithms that a signing key may have. A key has one for its whole life (RFC 8725 §3.1). */
export const SIGNING_ALGORITHMS = ['ES256'] as const;

export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

export function isSigningAlgorithm(value: unknown): value is SigningAlgorithm {
  return (SIGNING_ALGORITHMS as readonly unknown[]).includes(value);
}

/** The key that signs what is issued now. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
}

/** A key that verifies, with its one algorithm. */
export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicKey: KeyObject;
}

/** A key as the JWKS shows it: public members only (RFC 7517 §4, RFC 7518 §6.2.1). */
export interface PublicSigningJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y: string;
  readonly use: 'sig';
  readonly alg: SigningAlgorithm;
  readonly kid: string;
}

type PublicMembers = Pick<PublicSigningJwk, 'kty' | 'crv' | 'x' | 'y'>;

/** Everything that follows from a private key. */
export interface KeyMaterial {
  readonly signing: SigningKey;
  readonly verification: VerificationKey;
  readonly publicJwk: PublicSigningJwk;
}

/** A new key pair for ES256: ECDSA on P-256 with SHA-256 (RFC 7518 §3.4). */
export function generateKeyMaterial(): KeyMaterial {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return materialOf('ES256', privateKey);
}

/** A private key as it is sealed: PKCS #8. */
export function exportPrivateKey(material: KeyMaterial): Buffer {
  return material.signing.privateKey.export({ type: 'pkcs8', format: 'der' });
}

/** Rebuilds a key pair, or answers undefined where the bytes are not a key for that algorithm. */
export function importPrivateKey(
  algorithm: SigningAlgorithm,
  pkcs8: Buffer,
): KeyMaterial | undefined {
  try {
    const privateKey = createPrivateKey({ key: pkcs8, type: 'pkcs8', format: 'der' });
    const isP256 = privateKey.asymmetricKeyDetails?.namedCurve === 'prime256v1';
    return isP256 ? materialOf(algorithm, privateKey) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The public half is always derived from the private one, never read from a table: a row that
 * somebody without our secrets wrote can therefore verify nothing.
 */
function materialOf(algorithm: SigningAlgorithm, privateKey: KeyObject): KeyMaterial {
  const publicKey = createPublicKey(privateKey);
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' }) as PublicMembers;
  const members = { kty, crv, x, y };
  const kid = thumbprint(members);
  return Object.freeze({
    signing: Object.freeze({ kid, algorithm, privateKey }),
    verification: Object.freeze({ kid, algorithm, publicKey }),
    publicJwk: Object.freeze({ ...members, use: 'sig', alg: algorithm, kid } as const),
  });
}

/** RFC 7638 §3: the digest of the required members in lexicographic order, without whitespace. */
function thumbprint({ crv, kty, x, y }: PublicMembers): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
