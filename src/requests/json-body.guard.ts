import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from './http-request';
import { requireJsonBody } from './request-forgery';

/** Refuses bodies that a form or a simple cross-site request could send (control CK-7). */
@Injectable()
export class JsonBodyGuard implements CanActivate {
  /** @throws AuthError `unsupported_media_type` */
  canActivate(context: ExecutionContext): boolean {
    requireJsonBody(context.switchToHttp().getRequest<HttpRequest>());
    return true;
  }
}
