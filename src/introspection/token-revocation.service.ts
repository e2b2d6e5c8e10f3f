import { Inject, Injectable } from '@nestjs/common';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { HttpRequest } from '../requests/http-request';
import { RequestReader } from '../requests/request-info';
import { SessionsService } from '../sessions/sessions.service';
import { familySecretDigest, RefreshTokens } from '../tokens/refresh-token';
import { LiveAccessTokens } from './live-access-tokens';
import type { RevocationRequest } from './token-caller';

/**
 * Ends the session that a token belongs to (RFC 7009). Both kinds of token end the whole family, as §2.1
 * asks of refresh tokens and allows for access tokens. What is no token of ours, or has ended before,
 * changes nothing and looks the same.
 */
@Injectable()
export class TokenRevocation {
  constructor(
    private readonly refreshTokens: RefreshTokens,
    private readonly live: LiveAccessTokens,
    private readonly sessions: SessionsService,
    private readonly requests: RequestReader,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /** @throws AuthError `validation_failed` for a token that was issued to another client, `database_unavailable` */
  async revoke({ token, caller }: RevocationRequest, request: HttpRequest): Promise<void> {
    const origin = this.requests.read(request);
    const family = this.refreshTokens.decode(token);
    if (family !== undefined) {
      if (caller.kind === 'resource_server') throw notIssuedToCaller();
      const { sessionId, familySecret } = family;
      await this.sessions.logout(
        { sessionId, secretDigest: familySecretDigest(familySecret) },
        origin,
      );
      return;
    }
    const verified = await this.live.authentic(token);
    if (verified === undefined) return;
    const { accountId, sessionId } = verified;
    if (caller.kind === 'holder') {
      if (verified.clientId !== caller.clientId) throw notIssuedToCaller();
      await this.sessions.logoutSession(accountId, sessionId, origin);
    } else if (caller.server.audience === this.options.audience) {
      const client = caller.server.clientId;
      await this.sessions.revokeByClient({ accountId, sessionId, client, origin });
    }
  }
}

/** RFC 7009 §2.1: the client is told. Whoever holds the token could use it, so that this tells no more. */
function notIssuedToCaller(): AuthError {
  return new AuthError('validation_failed', { detail: 'The token was issued to another client' });
}
