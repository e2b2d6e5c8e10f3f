import { createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ResolvedAuthOptions } from '../options/auth-options';
import { authenticate, SecretKeys, type SecretKey } from '../options/secret-keys';

/** What a refresh token says, once its MAC proved that we made it. */
export interface RefreshToken {
  readonly sessionId: string;
  /** 128 random bits, the same for the whole family; the database knows only their digest. */
  readonly familySecret: Buffer;
  /** The generation: how often the family was rotated when this token was made. */
  readonly counter: number;
}

const VERSION = 1;
const SID_AT = 1;
const SECRET_AT = 17;
const COUNTER_AT = 33;
const KEY_VERSION_AT = 37;
const MAC_AT = 41;
const BYTES = 57;
const KEY_BYTES = 32;
const MAX_FAMILY_KEYS = 1000;

/** 57 bytes are 76 characters without padding, so every token has exactly one spelling. */
const SPELLING = /^[A-Za-z0-9_-]{76}$/;

/**
 * Makes and reads refresh tokens: version (1) · sid (16) · family secret (16) · counter (4) ·
 * key version (4) · HMAC-SHA-256 truncated to 16.
 *
 * A token is computed, never stored. A copy of the database mints none, for it holds only digests of
 * the family secrets; the server's secret alone mints none either; and garbage is refused without a
 * query.
 */
@Injectable()
export class RefreshTokens {
  /** A refresh reads one token of a family and writes the next, with one key. */
  readonly #familyKeys = new LRUCache<string, Buffer>({ max: MAX_FAMILY_KEYS });

  readonly #label: string;

  constructor(
    private readonly keys: SecretKeys,
    @Inject(ResolvedAuthOptions) { clientId }: ResolvedAuthOptions,
  ) {
    this.#label = `portcullis refresh-token family of ${clientId}`;
  }

  encode({ sessionId, familySecret, counter }: RefreshToken): string {
    const key = this.keys.current('refresh-token');
    const bytes = Buffer.alloc(BYTES);
    bytes.writeUInt8(VERSION, 0);
    bytes.write(sessionId.replaceAll('-', ''), SID_AT, 'hex');
    familySecret.copy(bytes, SECRET_AT);
    bytes.writeUInt32BE(counter, COUNTER_AT);
    bytes.writeUInt32BE(key.version, KEY_VERSION_AT);
    this.#mac(key, bytes).copy(bytes, MAC_AT);
    return bytes.toString('base64url');
  }

  /** The token's content, or undefined for anything that we did not make. */
  decode(token: unknown): RefreshToken | undefined {
    if (typeof token !== 'string' || !SPELLING.test(token)) return undefined;
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.readUInt8(0) !== VERSION) return undefined;
    const key = this.keys.find('refresh-token', bytes.readUInt32BE(KEY_VERSION_AT));
    if (key === undefined || !timingSafeEqual(this.#mac(key, bytes), bytes.subarray(MAC_AT))) {
      return undefined;
    }
    return {
      sessionId: uuid(bytes.subarray(SID_AT, SECRET_AT)),
      familySecret: bytes.subarray(SECRET_AT, COUNTER_AT),
      counter: bytes.readUInt32BE(COUNTER_AT),
    };
  }

  #mac(key: SecretKey, bytes: Buffer): Buffer {
    const family = this.#familyKey(key, bytes.subarray(SID_AT, SECRET_AT));
    return authenticate(family, bytes.subarray(0, MAC_AT)).subarray(0, BYTES - MAC_AT);
  }

  /**
   * Of one family alone: HKDF with the session's id as salt, so that no two families share a key. The
   * label binds it to the client that it was issued to (RFC 6749 §6, control RT-12).
   */
  #familyKey({ version, key }: SecretKey, sid: Buffer): Buffer {
    const id = `${version}:${sid.toString('latin1')}`;
    const known = this.#familyKeys.get(id);
    if (known !== undefined) return known;
    const derived = Buffer.from(hkdfSync('sha256', key, sid, this.#label, KEY_BYTES));
    this.#familyKeys.set(id, derived);
    return derived;
  }
}

/** The secret of a new family. */
export function newFamilySecret(): Buffer {
  return randomBytes(SECRET_AT - SID_AT);
}

/** What the database keeps of a family secret. A fast digest is right for 128 random bits. */
export function familySecretDigest(familySecret: Buffer): Buffer {
  return createHash('sha256').update(familySecret).digest();
}

function uuid(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
