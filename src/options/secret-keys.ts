import { createHmac, hkdfSync } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ResolvedAuthOptions } from './auth-options';

/** What a derived key is for. One label each, so that no key ever serves two purposes (RFC 5869 §3.2). */
export type KeyPurpose =
  | 'refresh-token'
  | 'session-id'
  | 'form-token'
  | 'key-encryption'
  | 'known-device'
  | 'guess-counter'
  | 'throttle-counter';

/** A key derived from one of `secrets`. */
export interface SecretKey {
  /** A fingerprint of the secret; it does not depend on the order of `secrets`. */
  readonly version: number;
  /** 256 bits. */
  readonly key: Buffer;
}

const KEY_BYTES = 32;

/** The keys derived from `secrets`, per purpose and per secret. */
@Injectable()
export class SecretKeys {
  readonly #secrets: readonly Secret[];
  readonly #derived = new Map<string, SecretKey>();

  constructor(@Inject(ResolvedAuthOptions) options: ResolvedAuthOptions) {
    this.#secrets = options.secrets.map((secret) => ({ version: fingerprint(secret), secret }));
  }

  /** What the secrets are called where they may be seen, the current one first. */
  fingerprints(): readonly string[] {
    return this.#secrets.map(({ version }) => printFingerprint(version));
  }

  /** The key that protects what is made now. */
  current(purpose: KeyPurpose): SecretKey {
    const [current] = this.#secrets;
    if (current === undefined)
      throw new Error('resolveAuthOptions refuses an empty list of secrets');
    return this.#keyOf(purpose, current);
  }

  /** Every key of a purpose, the current one first. */
  all(purpose: KeyPurpose): readonly SecretKey[] {
    return this.#secrets.map((secret) => this.#keyOf(purpose, secret));
  }

  /** The key that protected something made earlier, or undefined when its secret is gone. */
  find(purpose: KeyPurpose, version: number): SecretKey | undefined {
    const secret = this.#secrets.find((one) => one.version === version);
    return secret && this.#keyOf(purpose, secret);
  }

  #keyOf(purpose: KeyPurpose, { version, secret }: Secret): SecretKey {
    const id = `${purpose}:${version}`;
    const known = this.#derived.get(id);
    if (known !== undefined) return known;
    const derived = { version, key: derive(secret, `portcullis ${purpose} v1`) };
    this.#derived.set(id, derived);
    return derived;
  }
}

interface Secret {
  readonly version: number;
  readonly secret: string;
}

/** HMAC-SHA-256 under a derived key. */
export function authenticate(key: Buffer, ...parts: readonly (Buffer | string)[]): Buffer {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** The version of a key, which every protected thing carries in clear, as people read it. */
function printFingerprint(version: number): string {
  return version.toString(16).padStart(8, '0');
}

function fingerprint(secret: string): number {
  return derive(secret, 'portcullis secret-version v1').readUInt32BE(0);
}

function derive(secret: string, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', label, KEY_BYTES));
}
