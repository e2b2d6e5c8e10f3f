import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { HttpRequest } from '../requests/http-request';
import {
  refuseForeignOrigin,
  requireCsrfHeader,
  requireJsonBody,
} from '../requests/request-forgery';

/** Methods that change nothing (RFC 9110 §9.2.1). */
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * What a request has to prove that a session cookie authenticates, since browsers send the cookie along
 * whoever made the request (CK-6, CK-7; protocol.md §5).
 */
@Injectable()
export class CookieRequestProof {
  constructor(@Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions) {}

  /**
   * Refuses a request that may change something unless a page of ours made it. It asks before anything
   * is looked up, so that a foreign page learns nothing of the session.
   *
   * @throws AuthError `origin_refused`, `unsupported_media_type`, `csrf_failed`
   */
  assertMeant(request: HttpRequest, _context: ExecutionContext): void {
    if (SAFE_METHODS.includes(request.method)) return;
    refuseForeignOrigin(request, this.options.origins);
    requireJsonBody(request);
    requireCsrfHeader(request);
  }
}
