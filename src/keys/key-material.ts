import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningAlgorithm } from '../options/signing-key-options';
import type {
  EcPublicMembers,
  KeyMaterial,
  PublicSigningJwk,
  RsaPublicMembers,
} from './signing-key';

/** As strong as P-256, 128 bits (SP 800-57 part 1, table 2). */
const RSA_BITS = 3072;
const RSA_EXPONENT = 65_537n;
/** At least as long as the digest (RFC 7518 §3.2). */
const SECRET_BYTES = 32;

/** What keys of one kind have in common. */
interface KeyKind {
  generate(): Promise<KeyObject>;
  /** Whether a key is of this kind, and strong enough for it. */
  isSound(key: KeyObject): boolean;
  /** The bytes that are sealed. */
  write(key: KeyObject): Buffer;
  /** Throws where the bytes are no key. */
  read(bytes: Buffer): KeyObject;
}

const pair = promisify(generateKeyPair);

const PKCS8 = {
  write: (key: KeyObject) => key.export({ type: 'pkcs8', format: 'der' }),
  read: (bytes: Buffer) => createPrivateKey({ key: bytes, type: 'pkcs8', format: 'der' }),
};

const EC: KeyKind = {
  ...PKCS8,
  generate: async () => (await pair('ec', { namedCurve: 'P-256' })).privateKey,
  isSound: ({ asymmetricKeyDetails }) => asymmetricKeyDetails?.namedCurve === 'prime256v1',
};

const RSA: KeyKind = {
  ...PKCS8,
  // In the thread pool: it takes up to seconds.
  generate: async () => (await pair('rsa', { modulusLength: RSA_BITS })).privateKey,
  isSound: ({ asymmetricKeyType, asymmetricKeyDetails }) =>
    asymmetricKeyType === 'rsa' &&
    (asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS &&
    asymmetricKeyDetails?.publicExponent === RSA_EXPONENT,
};

const SECRET: KeyKind = {
  generate: () => Promise.resolve(createSecretKey(randomBytes(SECRET_BYTES))),
  isSound: ({ symmetricKeySize }) => (symmetricKeySize ?? 0) >= SECRET_BYTES,
  write: (key) => key.export(),
  read: (bytes) => createSecretKey(bytes),
};

const KINDS: Readonly<Record<SigningAlgorithm, KeyKind>> = {
  ES256: EC,
  RS256: RSA,
  PS256: RSA,
  HS256: SECRET,
};

/** A new key for an algorithm (RFC 7518 §3.1). */
export async function generateKeyMaterial(algorithm: SigningAlgorithm): Promise<KeyMaterial> {
  return materialOf(algorithm, await KINDS[algorithm].generate());
}

/** A key as it is sealed: PKCS #8, or the bytes of a secret. */
export function exportPrivateKey({ signing }: KeyMaterial): Buffer {
  return KINDS[signing.algorithm].write(signing.key);
}

/** Rebuilds a key, or answers undefined where the bytes are not a key for that algorithm. */
export function importPrivateKey(
  algorithm: SigningAlgorithm,
  bytes: Buffer,
): KeyMaterial | undefined {
  const kind = KINDS[algorithm];
  try {
    const key = kind.read(bytes);
    return kind.isSound(key) ? materialOf(algorithm, key) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The public half is always derived from the private one, never read from a table: a row that
 * somebody without our secrets wrote can therefore verify nothing.
 */
function materialOf(algorithm: SigningAlgorithm, key: KeyObject): KeyMaterial {
  if (key.type === 'secret') return withNames({ algorithm, key, verifier: key, kid: nameOf(key) });
  const publicKey = createPublicKey(key);
  const members = publicMembersOf(publicKey);
  const kid = thumbprint(members);
  const publicJwk = { ...members, use: 'sig', alg: algorithm, kid } as const;
  return withNames({ algorithm, key, verifier: publicKey, kid, publicJwk });
}

function withNames({
  algorithm,
  key,
  verifier,
  kid,
  publicJwk,
}: {
  readonly algorithm: SigningAlgorithm;
  readonly key: KeyObject;
  readonly verifier: KeyObject;
  readonly kid: string;
  readonly publicJwk?: PublicSigningJwk;
}): KeyMaterial {
  return Object.freeze({
    signing: Object.freeze({ kid, algorithm, key }),
    verification: Object.freeze({ kid, algorithm, key: verifier }),
    publicJwk: publicJwk && Object.freeze(publicJwk),
  });
}

/** Named one by one, so that nothing else an export may hold is ever shown. */
function publicMembersOf(publicKey: KeyObject): EcPublicMembers | RsaPublicMembers {
  const jwk = publicKey.export({ format: 'jwk' });
  const { kty, crv = '', x = '', y = '', n = '', e = '' } = jwk;
  return kty === 'EC' ? { kty, crv, x, y } : { kty: 'RSA', n, e };
}

/** RFC 7638 §3: the digest of the required members in lexicographic order, without whitespace. */
function thumbprint(members: EcPublicMembers | RsaPublicMembers): string {
  const text = JSON.stringify(members, Object.keys(members).sort());
  return createHash('sha256').update(text).digest('base64url');
}

/** RFC 7638 §7 warns of showing the digest of a secret; what is made with it says nothing about it. */
function nameOf(secret: KeyObject): string {
  return createHmac('sha256', secret).update('portcullis kid v1').digest('base64url');
}
