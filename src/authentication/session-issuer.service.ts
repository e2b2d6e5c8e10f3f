import { Injectable } from '@nestjs/common';
import type { Authority } from '../access/authority';
import { AuthorityService } from '../access/authority.service';
import { FIRST_SESSION_VERSION } from '../sessions/revocations';
import { activationIn, type Session } from '../sessions/session';
import type { RenewedSession } from '../sessions/session-renewals';
import { AccessTokens, type MintedAccessToken } from '../tokens/access-tokens';
import { RefreshTokens } from '../tokens/refresh-token';
import type { VerifiedAccessToken } from '../tokens/verified-access-token';
import type { IssuedSession, IssuedTokens } from './issued-session';

/** What an access token that takes the place of another one must not go beyond. */
export type TokenBounds = Pick<VerifiedAccessToken, 'expiresAt' | 'authTime' | 'amr'>;

/** Makes the credential of a session's current generation. */
@Injectable()
export class SessionIssuer {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly authorities: AuthorityService,
  ) {}

  /** Access token and refresh token. */
  async issue(session: Session, familySecret: Buffer): Promise<IssuedSession> {
    const { id: sessionId, counter } = session;
    const refreshToken = this.refreshTokens.encode({ sessionId, familySecret, counter });
    const tokens = { ...this.#accessTokenOf(session), refreshToken };
    return { session, tokens, authority: await this.authorityOf(session) };
  }

  /**
   * An access token of the session as it is now; the refresh token stays. Where nothing was proved for
   * it, it is worth no more than the one that was presented, and no longer: else a stolen access token
   * would live for as long as the session.
   */
  async issueAccessToken(session: Session, bounds?: TokenBounds): Promise<IssuedSession> {
    const tokens = this.#accessTokenOf(session, bounds);
    return { session, tokens, authority: await this.authorityOf(session) };
  }

  /** The secret id of a session that has one. */
  async issueSecretId({ session, secretId }: RenewedSession): Promise<IssuedSession> {
    return { session, secretId, authority: await this.authorityOf(session) };
  }

  #accessTokenOf(session: Session, bounds?: TokenBounds): IssuedTokens {
    const { token, expiresInSeconds } = this.mintAccessToken(session, bounds);
    return { accessToken: token, expiresInSeconds };
  }

  /** An access token of the session as it is now. */
  mintAccessToken(session: Session, bounds?: TokenBounds): MintedAccessToken {
    const endsAt = Math.floor(session.expiresAt.getTime() / 1000);
    return this.accessTokens.mint({
      accountId: session.account.id,
      sessionId: session.id,
      accountEpoch: session.accountEpoch,
      // As long as a session chose nothing its tokens need no claim for it.
      sessionVersion:
        session.sessionVersion > FIRST_SESSION_VERSION ? session.sessionVersion : undefined,
      tenantId: session.tenantId,
      authTime: bounds?.authTime ?? Math.floor(session.authTime.getTime() / 1000),
      amr: bounds?.amr ?? session.amr,
      endsAt: Math.min(endsAt, bounds?.expiresAt ?? endsAt),
    });
  }

  /** What the account may do in the session: in its tenant, with the roles it has active. */
  async authorityOf(session: Session): Promise<Authority> {
    return this.authorities.of(session.account.id, session.tenantId, activationIn(session));
  }
}
