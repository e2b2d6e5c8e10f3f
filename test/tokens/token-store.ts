import { sign, type KeyObject } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { newId } from '../../src/database/identifiers';
import { isAuthError } from '../../src/errors/auth-error';
import type { AuthOptions } from '../../src/options/auth-options';
import { AccessTokens, type AccessTokenSubject } from '../../src/tokens/access-tokens';
import { VerifiedTokenCache } from '../../src/tokens/verified-token-cache';
import { openKeyStore, type KeyStore } from '../keys/key-store';
import { FakeClock } from '../support/fake-clock';

/** One instance of the application, as far as access tokens reach. */
export interface TokenStore extends KeyStore {
  readonly clock: FakeClock;
  readonly cache: VerifiedTokenCache;
  readonly tokens: AccessTokens;
}

export async function bootTokenStore(
  url: string,
  given: Partial<AuthOptions> = {},
  { clock = new FakeClock(), isDeaf = false }: { clock?: FakeClock; isDeaf?: boolean } = {},
): Promise<TokenStore> {
  const keys = await openKeyStore(url, given, clock);
  const cache = new VerifiedTokenCache(keys.options, keys.ring, keys.changes, clock);
  const tokens = new AccessTokens(new JwtService({}), keys.ring, cache, clock, keys.options);
  // A deaf instance is one that the change feed does not reach.
  await (isDeaf ? keys.ring.onModuleInit() : keys.boot());
  if (!isDeaf) {
    // The word of the first key arrives after it was made. Tests let hours pass at once, and a change that is
    // owed for hours is refused.
    await keys.changes.catchUp();
    await keys.ring.reload();
  }
  cache.onModuleInit();
  return { ...keys, clock, cache, tokens };
}

export function subject(given: Partial<AccessTokenSubject> = {}): AccessTokenSubject {
  return {
    accountId: newId(),
    sessionId: newId(),
    accountEpoch: 1,
    authTime: Date.UTC(2025, 11, 31) / 1000,
    amr: ['pwd'],
    ...given,
  };
}

/** JSON text, or text as it is, in base64url. */
export function encode(value: string | Buffer | object): string {
  const isText = typeof value === 'string' || Buffer.isBuffer(value);
  return Buffer.from(isText ? value : JSON.stringify(value)).toString('base64url');
}

export function decode(segment: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(segment, 'base64url').toString()) as Record<string, unknown>;
}

export function partsOf(token: string): [header: string, payload: string, signature: string] {
  const [header, payload, signature, ...more] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) {
    throw new Error('not a token in compact serialization');
  }
  return [header, payload, signature];
}

/** An authentic ES256 signature over whatever stands in the two segments. */
export function signEs256(header: string, payload: string, privateKey: KeyObject): string {
  const input = Buffer.from(`${header}.${payload}`);
  const signature = sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${header}.${payload}.${signature.toString('base64url')}`;
}

/** Verifies like {@link AccessTokens.verify}; `refused` stands for the one public error of a bad token. */
export async function outcomeOf(tokens: AccessTokens, token: string) {
  try {
    return await tokens.verify(token);
  } catch (error) {
    if (!isAuthError(error) || error.code !== 'invalid_token') throw error;
    expect(error.challenge).toBe('Bearer error="invalid_token"');
    expect(error.detail).toBeUndefined();
    return 'refused' as const;
  }
}
