import { Injectable } from '@nestjs/common';
import type { Authority } from '../access/authority';
import { AuthorityService } from '../access/authority.service';
import { FIRST_SESSION_VERSION } from '../sessions/revocations';
import { activationIn, type Session } from '../sessions/session';
import { AccessTokens, type MintedAccessToken } from '../tokens/access-tokens';
import { RefreshTokens } from '../tokens/refresh-token';
import type { IssuedSession } from './issued-session';

/** Makes the tokens of a session's current generation. */
@Injectable()
export class SessionIssuer {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly authorities: AuthorityService,
  ) {}

  async issue(session: Session, familySecret: Buffer): Promise<IssuedSession> {
    const { token, expiresInSeconds } = this.mintAccessToken(session);
    return {
      session,
      accessToken: token,
      expiresInSeconds,
      refreshToken: this.refreshTokens.encode({
        sessionId: session.id,
        familySecret,
        counter: session.counter,
      }),
      authority: await this.authorityOf(session),
    };
  }

  /** An access token of the session as it is now. */
  mintAccessToken(session: Session): MintedAccessToken {
    return this.accessTokens.mint({
      accountId: session.account.id,
      sessionId: session.id,
      accountEpoch: session.accountEpoch,
      // As long as a session chose nothing its tokens need no claim for it.
      sessionVersion:
        session.sessionVersion > FIRST_SESSION_VERSION ? session.sessionVersion : undefined,
      tenantId: session.tenantId,
      authTime: Math.floor(session.authTime.getTime() / 1000),
      amr: session.amr,
      sessionEndsAt: Math.floor(session.expiresAt.getTime() / 1000),
    });
  }

  /** What the account may do in the session: in its tenant, with the roles it has active. */
  async authorityOf(session: Session): Promise<Authority> {
    return this.authorities.of(session.account.id, session.tenantId, activationIn(session));
  }
}
