import type { KeyObject } from 'node:crypto';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../options/signing-key-options';

export function isSigningAlgorithm(value: unknown): value is SigningAlgorithm {
  return (SIGNING_ALGORITHMS as readonly unknown[]).includes(value);
}

/** The key that signs what is issued now. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** The private key; for HS256 the secret. */
  readonly key: KeyObject;
}

/** A key that verifies, with its one algorithm. */
export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** The public key; for HS256 the secret. */
  readonly key: KeyObject;
}

/** The public members of an elliptic-curve key (RFC 7518 §6.2.1). */
export interface EcPublicMembers {
  readonly kty: 'EC';
  readonly crv: string;
  readonly x: string;
  readonly y: string;
}

/** The public members of an RSA key (RFC 7518 §6.3.1). */
export interface RsaPublicMembers {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
}

/** A key as the JWKS shows it: public members only (RFC 7517 §4). */
export type PublicSigningJwk = (EcPublicMembers | RsaPublicMembers) & {
  readonly use: 'sig';
  readonly alg: SigningAlgorithm;
  readonly kid: string;
};

/** Everything that follows from a private key. */
export interface KeyMaterial {
  readonly signing: SigningKey;
  readonly verification: VerificationKey;
  /** Absent for HS256, which has no half that may be shown. */
  readonly publicJwk?: PublicSigningJwk;
}
