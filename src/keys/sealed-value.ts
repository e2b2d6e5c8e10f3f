import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SecretKeys } from '../options/secret-keys';

/** Where a sealed value belongs; it opens nowhere else. */
export interface SealedPlace {
  /** What the value is, for example `signing-key ES256`. Without NUL. */
  readonly purpose: string;
  /** The id of its row. */
  readonly id: string;
}

/** How opening ended. Whatever was changed, and wherever, is the same `corrupt`. */
export type OpenedValue =
  | { readonly outcome: 'opened'; readonly plaintext: Buffer }
  | { readonly outcome: 'secret_missing' }
  | { readonly outcome: 'corrupt' };

const FORMAT = 1;
const KEY_VERSION_AT = 1;
const NONCE_AT = 5;
const CIPHERTEXT_AT = 17;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/**
 * Seals a value for storage with AES-256-GCM under the current secret (control CR-5).
 *
 * `format (1) · key version (4) · nonce (12) · ciphertext · tag (16)`. Nonces are random, which is
 * safe for 2^32 values per secret (SP 800-38D §8.3).
 */
export function sealValue(secrets: SecretKeys, plaintext: Buffer, place: SealedPlace): Buffer {
  const { version, key } = secrets.current('key-encryption');
  const prefix = Buffer.alloc(NONCE_AT);
  prefix.writeUInt8(FORMAT);
  prefix.writeUInt32BE(version, KEY_VERSION_AT);
  const nonce = randomBytes(CIPHERTEXT_AT - NONCE_AT);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(prefix, place));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([prefix, nonce, ciphertext, cipher.getAuthTag()]);
}

/** Opens what {@link sealValue} sealed, under whichever configured secret it was sealed. */
export function openValue(secrets: SecretKeys, sealed: Buffer, place: SealedPlace): OpenedValue {
  if (sealed.length < CIPHERTEXT_AT + TAG_BYTES || sealed[0] !== FORMAT) {
    return { outcome: 'corrupt' };
  }
  const secret = secrets.find('key-encryption', sealed.readUInt32BE(KEY_VERSION_AT));
  if (secret === undefined) return { outcome: 'secret_missing' };
  const tagAt = sealed.length - TAG_BYTES;
  const nonce = sealed.subarray(NONCE_AT, CIPHERTEXT_AT);
  const decipher = createDecipheriv(CIPHER, secret.key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(sealed.subarray(0, NONCE_AT), place));
  decipher.setAuthTag(sealed.subarray(tagAt));
  try {
    const start = decipher.update(sealed.subarray(CIPHERTEXT_AT, tagAt));
    return { outcome: 'opened', plaintext: Buffer.concat([start, decipher.final()]) };
  } catch {
    return { outcome: 'corrupt' };
  }
}

/** Whether a value is sealed under the secret that seals now, so that older secrets can go. */
export function isSealedUnderCurrent(secrets: SecretKeys, sealed: Buffer): boolean {
  return sealed.readUInt32BE(KEY_VERSION_AT) === secrets.current('key-encryption').version;
}

function additionalData(prefix: Buffer, { purpose, id }: SealedPlace): Buffer {
  return Buffer.concat([prefix, Buffer.from(`${purpose}\0${id}`)]);
}
