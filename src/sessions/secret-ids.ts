import { hash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { authenticate, SecretKeys } from '../options/secret-keys';

/** A new secret id, and what the database keeps of it. */
export interface NewSecretId {
  /** 256 bits for the cookie of its owner; nothing keeps it. */
  readonly id: string;
  readonly nonce: Buffer;
  readonly digest: Buffer;
}

const NONCE_BYTES = 32;

/** 256 bits fill 43 characters and leave two spare bits: with those at zero each id has one spelling. */
const CANONICAL = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/**
 * The secret ids of the `session` transport: opaque, without order or structure (SS-2).
 *
 * An id is the HMAC of a nonce that only its row holds, under a key that only the server holds. So a
 * dump of the database mints nothing, nor does the secret of a server alone, and yet whoever lost a
 * race can be given the id that won it.
 */
@Injectable()
export class SecretIds {
  constructor(private readonly keys: SecretKeys) {}

  make(): NewSecretId {
    const nonce = randomBytes(NONCE_BYTES);
    const id = idOf(this.keys.current('session-id').key, nonce);
    return { id, nonce, digest: secretIdDigest(id) };
  }

  /**
   * The id that was made with a nonce. Undefined when the secret that it was made under is gone: no
   * id at all is better than one that opens nothing.
   */
  again({ nonce, digest }: Pick<NewSecretId, 'nonce' | 'digest'>): string | undefined {
    return this.keys
      .all('session-id')
      .map(({ key }) => idOf(key, nonce))
      .find((id) => secretIdDigest(id).equals(digest));
  }
}

/** Whether a text can be a secret id; anything else is refused without a query. */
export function isSecretId(text: string): boolean {
  return CANONICAL.test(text);
}

/** What the database keeps of a secret id (SS-10). A fast digest is right for 256 random bits. */
export function secretIdDigest(id: string): Buffer {
  return hash('sha256', id, 'buffer');
}

function idOf(key: Buffer, nonce: Buffer): string {
  return authenticate(key, nonce).toString('base64url');
}
