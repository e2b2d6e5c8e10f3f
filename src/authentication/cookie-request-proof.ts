import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { ResolvedAuthOptions } from '../options/auth-options';
import { transportOf } from '../requests/execution';
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
   * The method alone does not tell: a GraphQL mutation may be asked for by a GET, and any operation on
   * a WebSocket that a GET opened, for which a page cannot set a header (RFC 6455 §10.2).
   *
   * @throws AuthError `origin_refused`, `unsupported_media_type`, `csrf_failed`
   */
  assertMeant(request: HttpRequest, context: ExecutionContext): void {
    const opensWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
    if (!opensWebSocket && SAFE_METHODS.includes(request.method) && onlyReads(context)) return;
    refuseForeignOrigin(request, this.options.origins);
    if (opensWebSocket) return;
    requireJsonBody(request);
    requireCsrfHeader(request);
  }
}

/** Whether the handler belongs to no operation that changes something: GraphQL says of which kind one is. */
function onlyReads(context: ExecutionContext): boolean {
  if (transportOf(context) !== 'graphql') return true;
  const info = context.getArgs<unknown[]>()[3] as Partial<OperationInfo> | undefined;
  return info?.operation?.operation === 'query';
}

/** What of GraphQL's fourth argument of a resolver is read. */
interface OperationInfo {
  readonly operation?: { readonly operation?: string };
}
