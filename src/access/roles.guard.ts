import { Injectable, Logger, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ChangeFeed } from '../change-feed/change-feed';
import { newId } from '../database/identifiers';
import { AuthError, isAuthError } from '../errors/auth-error';
import type { HttpRequest, HttpResponse } from '../requests/http-request';
import { RequestReader } from '../requests/request-info';
import { principalOf, type Principal } from '../route-access/principal';
import type { Requirement, RouteAccess } from '../route-access/route-access';
import { RouteAccessReader } from '../route-access/route-access.reader';
import type { Authority } from './authority';
import { AuthorityService } from './authority.service';
import { unmetRequirement } from './decide';

/**
 * Decides whether the principal of a request may use the route: every declared role and permission
 * must hold. Public routes pass without a look at anything; whatever cannot be decided is denied
 * (AZ-1, AZ-14).
 *
 * It decides at once, without a promise, when the authority is known. Every answer to a principal
 * names the version of that authority, so that a client notices when it changed.
 *
 * @throws AuthError `unauthenticated`, `forbidden`, `authority_stale`, `database_unavailable`
 *
 * @publicApi
 */
@Injectable()
export class RolesGuard implements CanActivate {
  readonly #logger = new Logger('RolesGuard');

  constructor(
    private readonly routes: RouteAccessReader,
    private readonly authorities: AuthorityService,
    private readonly feed: ChangeFeed,
    private readonly requests: RequestReader,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    try {
      return this.#decide(context);
    } catch (error) {
      throw this.#denialOf(error);
    }
  }

  #decide(context: ExecutionContext): boolean | Promise<boolean> {
    if (context.getType<string>() !== 'http') throw new AuthError('forbidden');
    const access = this.routes.read(context.getClass(), context.getHandler());
    if (access.kind === 'public') return true;

    const principal = principalOf(context.switchToHttp().getRequest<object>());
    if (principal === undefined) throw new AuthError('unauthenticated');
    if (access.kind !== 'authenticated') return this.#deny(context, principal, access.problems);
    this.feed.assertFresh();

    const authority = this.authorities.of(principal.accountId, principal.tenantId);
    return authority instanceof Promise
      ? this.#afterwards(authority, (known) => this.#check(context, principal, access, known))
      : this.#check(context, principal, access, authority);
  }

  #check(
    context: ExecutionContext,
    principal: Principal,
    { requirements }: RouteAccess,
    authority: Authority,
  ): true {
    const response = context.switchToHttp().getResponse<HttpResponse>();
    response.header('x-authority-version', String(authority.version));
    const unmet = unmetRequirement(requirements, authority);
    return unmet === undefined || this.#deny(context, principal, unmet);
  }

  async #afterwards(
    authority: Promise<Authority>,
    check: (authority: Authority) => true,
  ): Promise<boolean> {
    try {
      return check(await authority);
    } catch (error) {
      throw this.#denialOf(error);
    }
  }

  /** The log says in one line who was denied what (AZ-13); the answer says nothing but the code. */
  #deny(
    context: ExecutionContext,
    { accountId, sessionId, tenantId }: Principal,
    required: Requirement | RouteAccess['problems'],
  ): never {
    const { requestId } = this.requests.read(context.switchToHttp().getRequest<HttpRequest>());
    const decision = {
      event: 'authz_fail',
      decisionId: newId(),
      requestId,
      accountId,
      sessionId,
      tenantId,
      route: `${context.getClass().name}.${context.getHandler().name}`,
      required,
    };
    this.#logger.warn(JSON.stringify(decision));
    throw new AuthError('forbidden');
  }

  #denialOf(error: unknown): AuthError {
    if (isAuthError(error)) return error;
    this.#logger.error(error);
    return new AuthError('authority_stale', { cause: error, retryAfterSeconds: 1 });
  }
}
