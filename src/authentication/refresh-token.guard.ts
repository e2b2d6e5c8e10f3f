import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { HttpRequest } from '../requests/http-request';
import {
  refuseForeignOrigin,
  refusePresentForeignOrigin,
  requireCsrfHeader,
  requireJsonBody,
} from '../requests/request-forgery';
import { validateBody } from '../requests/validate-body';
import { RefreshTokens } from '../tokens/refresh-token';
import { setPresentedRefreshToken } from './presented-refresh-token';
import { RefreshDto } from './refresh.dto';
import { SessionCookies } from '../sessions/session-cookies';

/**
 * Admits a request that carries one refresh token of ours, in the cookie or in the body.
 *
 * It proves that the token is authentic and that the request comes from an allowed origin; whether
 * the token is still good is decided by the rotation. Garbage ends here, without a query (RT-13).
 *
 * @publicApi
 */
@Injectable()
export class RefreshTokenGuard implements CanActivate {
  constructor(
    private readonly refreshTokens: RefreshTokens,
    private readonly cookies: SessionCookies,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /**
   * @throws AuthError `origin_refused`, `unsupported_media_type`, `csrf_failed`, `validation_failed`,
   * `ambiguous_credentials` for a token in both places, `unauthenticated`
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    refusePresentForeignOrigin(request, this.options.origins);
    const cookie = this.cookies.refreshToken(request);
    if (cookie !== undefined) refuseForeignOrigin(request, this.options.origins);
    requireJsonBody(request);
    if (cookie !== undefined) requireCsrfHeader(request);
    const body = (await validateBody(RefreshDto, request.body)).refresh_token;
    if (cookie !== undefined && body !== undefined) throw new AuthError('ambiguous_credentials');
    const token = this.refreshTokens.decode(cookie ?? body);
    if (token === undefined) throw new AuthError('unauthenticated');
    const transport = cookie === undefined ? 'body' : 'cookie';
    setPresentedRefreshToken(request, { ...token, transport });
    return true;
  }
}
