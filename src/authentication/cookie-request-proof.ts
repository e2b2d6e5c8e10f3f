import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { ResolvedAuthOptions } from '../options/auth-options';
import { transportOf } from '../requests/execution';
import type { HttpRequest } from '../requests/http-request';
import {
  refuseForeignOrigin,
  requireCsrfHeader,
  requireJsonBody,
} from '../requests/request-forgery';
import { FORM_FIELD, formOf, requireFormBody } from '../requests/request-form';
import { isFormPost } from '../route-access/form-post.decorator';
import { FormTokens } from '../sessions/form-tokens';

/** Methods that change nothing (RFC 9110 §9.2.1). */
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** What is left to prove once the session is known. */
export type OpenProof = 'nothing' | 'form_token';

/**
 * What a request has to prove that a session cookie authenticates, since browsers send the cookie along
 * whoever made the request (CK-6, CK-7; protocol.md §5).
 */
@Injectable()
export class CookieRequestProof {
  constructor(
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
    private readonly tokens: FormTokens,
  ) {}

  /**
   * Refuses a request that may change something unless a page of ours made it. It asks before anything
   * is looked up, so that a foreign page learns nothing of the session. Only the token of a form has to
   * wait for the session that it is bound to.
   *
   * The method alone does not tell: a GraphQL mutation may be asked for by a GET, and any operation on
   * a WebSocket that a GET opened, for which a page cannot set a header (RFC 6455 §10.2).
   *
   * @throws AuthError `origin_refused`, `unsupported_media_type`, `csrf_failed`
   */
  assertMeant(request: HttpRequest, context: ExecutionContext): OpenProof {
    const opensWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
    const isSafe = !opensWebSocket && SAFE_METHODS.includes(request.method);
    if (isSafe && onlyReads(context)) {
      if (isPartOfForeignPage(request)) refuseForeignOrigin(request, this.options.origins);
      return 'nothing';
    }
    refuseForeignOrigin(request, this.options.origins);
    if (isFormPost(context.getHandler())) {
      requireFormBody(request);
      return 'form_token';
    }
    if (opensWebSocket) return 'nothing';
    requireJsonBody(request);
    requireCsrfHeader(request);
    return 'nothing';
  }

  /**
   * Refuses a form unless a page made for the session sent it (CK-9).
   *
   * @throws AuthError `csrf_failed`, and what is wrong with the body as a whole
   */
  async assertFormOf(sessionId: string, request: HttpRequest): Promise<void> {
    this.tokens.assertOfSession((await formOf(request)).get(FORM_FIELD), sessionId);
  }
}

/**
 * Whether a page of another site fetches it as a part of itself, rather than leads the person here (W3C
 * Fetch Metadata §2; CK-14). `SameSite` keeps the cookie from such requests too, in browsers that mind it.
 */
function isPartOfForeignPage({ headers }: HttpRequest): boolean {
  return headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate';
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
