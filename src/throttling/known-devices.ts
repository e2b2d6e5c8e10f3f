import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock';
import { ResolvedAuthOptions } from '../options/auth-options';
import { authenticate, SecretKeys } from '../options/secret-keys';

const VERSION = 1;
const SECONDS_PER_DAY = 86_400;

// version (1) · key version (4) · issued at, in seconds (4) · nonce (16) · HMAC-SHA-256 (32)
const KEY_VERSION_AT = 1;
const ISSUED_AT = 5;
const NONCE_AT = 9;
const MAC_AT = 25;
const BYTES = 57;

/** 57 bytes fill 76 characters without a spare bit, so this is the one spelling of each value. */
const CANONICAL = /^[A-Za-z0-9_-]{76}$/;

/**
 * Cookies by which a browser that signed in before is known to one account. They open no session;
 * they only move its guesses to a lane that strangers cannot close (LG-9; OWASP device cookies).
 */
@Injectable()
export class KnownDevices {
  constructor(
    private readonly keys: SecretKeys,
    private readonly clock: Clock,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /** A cookie value of 76 characters, bound to a canonical identifier. */
  issue(identifier: string): string {
    const { version, key } = this.keys.current('known-device');
    const header = Buffer.alloc(MAC_AT);
    header.writeUInt8(VERSION);
    header.writeUInt32BE(version, KEY_VERSION_AT);
    header.writeUInt32BE(this.clock.nowSeconds(), ISSUED_AT);
    randomBytes(MAC_AT - NONCE_AT).copy(header, NONCE_AT);
    return Buffer.concat([header, authenticate(key, header, identifier)]).toString('base64url');
  }

  /** Whether a cookie value was issued for this identifier within `knownDeviceDays`. Never throws. */
  recognises(cookieValue: string | undefined, identifier: string): boolean {
    if (typeof cookieValue !== 'string' || !CANONICAL.test(cookieValue)) return false;
    const cookie = Buffer.from(cookieValue, 'base64url');
    if (cookie.length !== BYTES || cookie.readUInt8() !== VERSION) return false;
    const key = this.keys.find('known-device', cookie.readUInt32BE(KEY_VERSION_AT));
    if (key === undefined) return false;
    const header = cookie.subarray(0, MAC_AT);
    const expected = authenticate(key.key, header, identifier);
    if (!timingSafeEqual(expected, cookie.subarray(MAC_AT))) return false;
    const ageSeconds = this.clock.nowSeconds() - cookie.readUInt32BE(ISSUED_AT);
    return ageSeconds < this.options.guessing.knownDeviceDays * SECONDS_PER_DAY;
  }
}
