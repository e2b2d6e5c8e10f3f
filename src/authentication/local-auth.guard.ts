import { createParamDecorator, Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { AuthError } from '../errors/auth-error';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { HttpRequest } from '../requests/http-request';
import {
  refuseForeignOrigin,
  refusePresentForeignOrigin,
  requireJsonBody,
} from '../requests/request-forgery';
import { validateBody } from '../requests/validate-body';
import { checkers, LocalStrategy } from './local.strategy';
import { LoginDto } from './login.dto';
import { SessionCookies } from '../sessions/session-cookies';
import type { VerifiedLogin } from './credentials.service';

/** What {@link LocalAuthGuard} established: an account whose password was right. */
export const CurrentLogin = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    context.switchToHttp().getRequest<{ user: VerifiedLogin }>().user,
);

/**
 * Checks the credentials of a login.
 *
 * Guards run before pipes, so the body is validated here, or an empty one would answer 401. An answer
 * that sets a cookie needs an allowed origin, or a foreign page could sign its visitor in (LG-14).
 *
 * @publicApi
 */
@Injectable()
export class LocalAuthGuard extends AuthGuard('local') {
  constructor(
    private readonly strategy: LocalStrategy,
    private readonly cookies: SessionCookies,
    @Inject(ResolvedAuthOptions) private readonly authOptions: ResolvedAuthOptions,
  ) {
    super();
  }

  /**
   * @throws AuthError `origin_refused`, `unsupported_media_type`, `validation_failed`, `throttled`,
   * `overloaded`, `invalid_credentials`
   */
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    await this.assertMeant(request);
    // Two cookies of one name are refused before the password is looked at, or the refusal would tell
    // that it was right (CK-5).
    this.cookies.refreshToken(request);
    this.cookies.secretId(request);
    checkers.note(request, this.strategy);
    await super.canActivate(context);
    return true;
  }

  /** What a request has to prove before its password is looked at. */
  protected async assertMeant(request: HttpRequest): Promise<void> {
    refusePresentForeignOrigin(request, this.authOptions.origins);
    requireJsonBody(request);
    const { transport } = await validateBody(LoginDto, request.body);
    if (transport !== 'body') refuseForeignOrigin(request, this.authOptions.origins);
  }

  /** Passport says only "no user", where an error of ours is wanted. */
  override handleRequest<User>(error: unknown, user: User): User {
    if (error instanceof Error) throw error;
    if (!user) throw new AuthError('invalid_credentials');
    return user;
  }
}
