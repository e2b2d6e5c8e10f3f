import { Injectable } from '@nestjs/common';
import { ChangeFeed } from '../change-feed/change-feed';
import { isAuthError } from '../errors/auth-error';
import { Revocations } from '../sessions/revocations';
import { AccessTokens } from '../tokens/access-tokens';
import type { VerifiedAccessToken } from '../tokens/verified-access-token';
import { VerifiedTokenCache } from '../tokens/verified-token-cache';

/** Tells whether access tokens count at this moment, from memory. */
@Injectable()
export class LiveAccessTokens {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly cache: VerifiedTokenCache,
    private readonly revocations: Revocations,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * What an access token says, when it is authentic, for us and for now, and neither its session nor
   * an older state of its account was left behind since. Undefined for everything else alike.
   *
   * @throws AuthError `authority_stale` where revocations may be unknown, `database_unavailable` where
   * a key has to be looked up
   */
  async find(token: string): Promise<VerifiedAccessToken | undefined> {
    this.feed.assertFresh();
    const verified = await this.authentic(token);
    return verified === undefined || this.revocations.covers(verified) ? undefined : verified;
  }

  /** The same without a look at revocations, for whoever is about to revoke. */
  async authentic(token: string): Promise<VerifiedAccessToken | undefined> {
    try {
      return this.cache.get(token) ?? (await this.accessTokens.verify(token));
    } catch (error) {
      if (isAuthError(error) && error.code === 'invalid_token') return undefined;
      throw error;
    }
  }
}
