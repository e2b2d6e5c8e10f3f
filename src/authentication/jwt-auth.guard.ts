import { Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { ChangeFeed } from '../change-feed/change-feed';
import { AuthError } from '../errors/auth-error';
import type { HttpRequest } from '../requests/http-request';
import { setPrincipal } from '../route-access/principal';
import { RouteAccessReader } from '../route-access/route-access.reader';
import { Revocations } from '../sessions/revocations';
import { AccessTokens, INVALID_TOKEN_CHALLENGE } from '../tokens/access-tokens';
import type { VerifiedAccessToken } from '../tokens/verified-access-token';
import { VerifiedTokenCache } from '../tokens/verified-token-cache';
import { bearerTokenOf } from './bearer-token';
import { verifiers } from './jwt.strategy';

/**
 * Establishes the principal of every request whose route is not public.
 *
 * A token that was verified before costs a look into a map; only a new one reaches Passport and a
 * signature check. Either way its session must not be revoked.
 *
 * @publicApi
 */
@Injectable()
export class JwtAuthGuard extends AuthGuard('jwt') {
  constructor(
    private readonly cache: VerifiedTokenCache,
    private readonly accessTokens: AccessTokens,
    private readonly revocations: Revocations,
    private readonly feed: ChangeFeed,
    private readonly routes: RouteAccessReader,
  ) {
    super();
  }

  /** @throws AuthError `unauthenticated`, `invalid_token`, `ambiguous_credentials`, `authority_stale` */
  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (this.routes.read(context.getClass(), context.getHandler()).kind === 'public') return true;
    if (context.getType() !== 'http') throw new AuthError('forbidden');
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const token = bearerTokenOf(request);
    if (token === undefined) throw new AuthError('unauthenticated', { challenge: 'Bearer' });
    const verified = this.cache.get(token);
    return verified === undefined ? this.#verify(context, request) : this.#admit(request, verified);
  }

  async #verify(context: ExecutionContext, request: HttpRequest): Promise<boolean> {
    verifiers.note(request, this.accessTokens);
    await super.canActivate(context);
    return this.#admit(request, (request as { user?: unknown }).user as VerifiedAccessToken);
  }

  #admit(request: HttpRequest, verified: VerifiedAccessToken): boolean {
    this.feed.assertFresh();
    if (this.revocations.covers(verified)) {
      throw new AuthError('invalid_token', { challenge: INVALID_TOKEN_CHALLENGE });
    }
    setPrincipal(request, verified.principal);
    return true;
  }
}
