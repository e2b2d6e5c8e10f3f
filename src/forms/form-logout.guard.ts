import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { HttpRequest } from '../requests/http-request';
import { refuseForeignOrigin } from '../requests/request-forgery';
import { requireFormBody } from '../requests/request-form';

/** What a logout by a form has to prove before its session is looked up; its token comes after that. */
@Injectable()
export class FormLogoutGuard implements CanActivate {
  constructor(@Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions) {}

  /** @throws AuthError `origin_refused`, `unsupported_media_type` */
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    refuseForeignOrigin(request, this.options.origins);
    requireFormBody(request);
    return true;
  }
}
