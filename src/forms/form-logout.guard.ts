import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { HttpRequest } from '../requests/http-request';
import { refuseForeignOrigin } from '../requests/request-forgery';
import { formOf, requireFormBody } from '../requests/request-form';

/** What a logout by a form has to prove before its session is looked up; its token comes after that. */
@Injectable()
export class FormLogoutGuard implements CanActivate {
  constructor(@Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions) {}

  /** @throws AuthError `origin_refused`, `unsupported_media_type`, and what is wrong with the body as a whole */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    refuseForeignOrigin(request, this.options.origins);
    requireFormBody(request);
    await formOf(request);
    return true;
  }
}
