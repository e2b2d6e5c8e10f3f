import { Injectable } from '@nestjs/common';
import { AuthorityService } from '../access/authority.service';
import type { Session } from '../sessions/session';
import { AccessTokens } from '../tokens/access-tokens';
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
    const authority = await this.authorities.of(session.account.id, session.tenantId);
    const { token, expiresInSeconds } = this.accessTokens.mint({
      accountId: session.account.id,
      sessionId: session.id,
      accountEpoch: session.accountEpoch,
      tenantId: session.tenantId,
      authTime: Math.floor(session.authTime.getTime() / 1000),
      amr: session.amr,
      sessionEndsAt: Math.floor(session.expiresAt.getTime() / 1000),
    });
    return {
      session,
      accessToken: token,
      expiresInSeconds,
      refreshToken: this.refreshTokens.encode({
        sessionId: session.id,
        familySecret,
        counter: session.counter,
      }),
      authority,
    };
  }
}
