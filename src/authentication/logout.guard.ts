import {
  createParamDecorator,
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { AuthError, isAuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { HttpRequest } from '../requests/http-request';
import {
  refuseForeignOrigin,
  refusePresentForeignOrigin,
  requireCsrfHeader,
  requireJsonBody,
} from '../requests/request-forgery';
import { validateBody } from '../requests/validate-body';
import { AccessTokens } from '../tokens/access-tokens';
import { isSecretId } from '../sessions/secret-ids';
import { familySecretDigest, RefreshTokens } from '../tokens/refresh-token';
import { bearerTokenOf } from '../tokens/bearer-token';
import { LogoutDto } from './logout.dto';
import { SessionCookies } from '../sessions/session-cookies';

/** Something authentic that names a session, whether or not the session still lives. */
export type LogoutCredential =
  | { readonly kind: 'family'; readonly sessionId: string; readonly secretDigest: Buffer }
  | { readonly kind: 'secret_id'; readonly secretId: string }
  | { readonly kind: 'access'; readonly sessionId: string; readonly accountId: string };

const credentials = new WeakMap<object, readonly LogoutCredential[]>();

/** The credentials that {@link LogoutGuard} found authentic; often one, sometimes none. */
export const LogoutCredentials = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  credentials.get(context.switchToHttp().getRequest<object>()),
);

/**
 * Collects what proves that a request may end a session. A session must be possible to leave when its
 * access token has expired, so any authentic token of the family counts.
 */
@Injectable()
export class LogoutGuard implements CanActivate {
  constructor(
    private readonly refreshTokens: RefreshTokens,
    private readonly accessTokens: AccessTokens,
    private readonly cookies: SessionCookies,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /**
   * @throws AuthError `origin_refused`, `unsupported_media_type`, `csrf_failed`, `validation_failed`,
   * `ambiguous_credentials`, `invalid_token` where nothing but a bad bearer token was given
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    refusePresentForeignOrigin(request, this.options.origins);
    const byCookie = this.cookies.present(request);
    if (byCookie) refuseForeignOrigin(request, this.options.origins);
    requireJsonBody(request);
    if (byCookie) requireCsrfHeader(request);
    const body = await validateBody(LogoutDto, request.body);
    const cookie = this.cookies.refreshToken(request);
    const secretId = this.cookies.secretId(request);
    if ((cookie ?? secretId) !== undefined && body.refresh_token !== undefined) {
      throw new AuthError('ambiguous_credentials');
    }
    const family = this.#family(cookie ?? body.refresh_token);
    const bySecretId = secretIdCredential(secretId);
    const access = await this.#access(request, family ?? bySecretId);
    credentials.set(
      request,
      [family, bySecretId, access].filter((credential) => credential !== undefined),
    );
    return true;
  }

  #family(token: string | undefined): LogoutCredential | undefined {
    const decoded = this.refreshTokens.decode(token);
    if (decoded === undefined) return undefined;
    const { sessionId, familySecret } = decoded;
    return { kind: 'family', sessionId, secretDigest: familySecretDigest(familySecret) };
  }

  /** A token that has expired may come along, but alone it ends nothing, and must not look as if it did. */
  async #access(
    request: HttpRequest,
    other?: LogoutCredential,
  ): Promise<LogoutCredential | undefined> {
    try {
      const token = bearerTokenOf(request);
      if (token === undefined) return undefined;
      const { sessionId, accountId } = await this.accessTokens.verify(token);
      return { kind: 'access', sessionId, accountId };
    } catch (error) {
      const mayBeStale = other !== undefined && isAuthError(error);
      if (mayBeStale && error.code === 'invalid_token') return undefined;
      throw error;
    }
  }
}

function secretIdCredential(secretId: string | undefined): LogoutCredential | undefined {
  if (secretId === undefined || !isSecretId(secretId)) return undefined;
  return { kind: 'secret_id', secretId };
}
