import { Injectable, Logger, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ChangeFeed } from '../change-feed/change-feed';
import { Clock } from '../clock/clock';
import { AuthError, isAuthError } from '../errors/auth-error';
import { noteDecision } from '../requests/decided-calls';
import { isOwnController } from '../requests/auth-controller.decorator';
import { carrierOf, httpResponseOf, transportOf } from '../requests/execution';
import { principalOf, setPrincipal, type Principal } from '../route-access/principal';
import type { Requirement, RouteAccess } from '../route-access/route-access';
import { RouteAccessReader } from '../route-access/route-access.reader';
import { AccessDecisions } from './access-decisions';
import type { Authority } from './authority';
import { AuthorityService } from './authority.service';
import { unmetRequirement } from './decide';
import { denialOf } from './denial';
import { DenialLog } from './denial-log';
import { RequestTenants } from './request-tenants';
import { stepUpChallenge } from './step-up-challenge';

/** A call of a handler that is not public. */
interface GuardedCall {
  readonly context: ExecutionContext;
  readonly carrier: object;
  readonly principal: Principal;
  readonly access: RouteAccess;
}

/**
 * Decides whether the principal of a request may use the route: every declared role, permission and
 * step-up must hold. Public routes pass without a look at anything; whatever cannot be decided is
 * denied, a context of a kind that we do not know above all (AZ-1, AZ-14).
 *
 * It decides at once, without a promise, when the authority is known. Every answer to a principal
 * names the version of that authority, so that a client notices when it changed.
 *
 * @throws AuthError `unauthenticated`, `forbidden`, `step_up_required`, `tenant_required`, `not_found`
 * for a tenant that the account has no part in, `authority_stale`, `database_unavailable`
 *
 * @publicApi
 */
@Injectable()
export class RolesGuard implements CanActivate {
  readonly #logger = new Logger('RolesGuard');

  constructor(
    private readonly routes: RouteAccessReader,
    private readonly authorities: AuthorityService,
    private readonly tenants: RequestTenants,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    private readonly denials: DenialLog,
    private readonly decisions: AccessDecisions,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    try {
      const decided = this.#decide(context);
      return decided instanceof Promise ? this.#afterwards(context, decided) : decided;
    } catch (error) {
      throw this.#refused(context, error);
    }
  }

  #decide(context: ExecutionContext): boolean | Promise<boolean> {
    const transport = transportOf(context);
    if (transport === undefined) throw new AuthError('forbidden');
    // Gateways and message handlers let nothing pass that did not come through here.
    if (transport === 'ws' || transport === 'rpc') noteDecision(context);
    const access = this.routes.read(context.getClass(), context.getHandler());
    if (access.kind === 'public') return true;

    const carrier = carrierOf(context);
    const principal = carrier === undefined ? undefined : principalOf(carrier);
    if (carrier === undefined || principal === undefined) throw new AuthError('unauthenticated');
    if (access.kind !== 'authenticated') return this.#deny(context, principal, access.problems);
    this.feed.assertFresh();

    return this.#guard({ context, carrier, principal, access });
  }

  #guard(call: GuardedCall): boolean | Promise<boolean> {
    try {
      const decided = this.#inNamedTenant(call);
      if (!(decided instanceof Promise)) return decided;
      return decided.catch((error: unknown) => this.#notThere(call, error));
    } catch (error) {
      return this.#notThere(call, error);
    }
  }

  #inNamedTenant(call: GuardedCall): boolean | Promise<boolean> {
    const tenantId = this.tenants.of(call.context, call.principal);
    return tenantId instanceof Promise
      ? tenantId.then((known) => this.#inTenant(call, known))
      : this.#inTenant(call, tenantId);
  }

  /**
   * The account's own routes go on without the tenant that its session is bound to, where that is gone
   * or the account has no part in it any more: otherwise nobody could leave it.
   */
  #notThere(call: GuardedCall, error: unknown): boolean | Promise<boolean> {
    if (!isAuthError(error) || error.code !== 'not_found') throw error;
    const { context, principal, access } = call;
    const isOwn = isOwnController(context.getClass()) && access.requirements.length === 0;
    const isBound = principal.tenantId !== undefined && !this.tenants.isNamed(context);
    if (isOwn && isBound) return this.#inTenant(call, undefined);
    this.denials.record(context, principal, 'tenant');
    throw error;
  }

  #inTenant(call: GuardedCall, tenantId: string | undefined): boolean | Promise<boolean> {
    const { accountId, activation } = call.principal;
    const authority = this.authorities.of(accountId, tenantId, activation);
    return authority instanceof Promise
      ? authority.then((known) => this.#check(call, known, tenantId))
      : this.#check(call, authority, tenantId);
  }

  #check(call: GuardedCall, authority: Authority, tenantId: string | undefined): true {
    const { context, carrier, access } = call;
    let { principal } = call;
    // Whoever has no part in a tenant, or no longer, does not learn that it exists.
    if (tenantId !== undefined && authority.heldRoles.length === 0) {
      throw new AuthError('not_found');
    }
    if (tenantId !== principal.tenantId) principal = Object.freeze({ ...principal, tenantId });
    httpResponseOf(context)?.header('x-authority-version', String(authority.version));
    const nowSeconds = this.clock.nowSeconds();
    const unmet = unmetRequirement(access.requirements, { authority, principal, nowSeconds });
    if (unmet !== undefined) return this.#deny(context, principal, unmet);
    if (principal !== call.principal) setPrincipal(carrier, principal);
    return true;
  }

  async #afterwards(context: ExecutionContext, decided: Promise<boolean>): Promise<boolean> {
    try {
      return await decided;
    } catch (error) {
      throw this.#refused(context, error);
    }
  }

  #deny(
    context: ExecutionContext,
    principal: Principal,
    required: Requirement | RouteAccess['problems'],
  ): never {
    this.denials.record(context, principal, required);
    if ('kind' in required && required.kind === 'step_up') {
      throw new AuthError('step_up_required', { challenge: stepUpChallenge(required) });
    }
    throw denialOf(context);
  }

  #refused(context: ExecutionContext, error: unknown): AuthError {
    const denial = this.#denialOf(error);
    this.decisions.denied(context, denial);
    return denial;
  }

  #denialOf(error: unknown): AuthError {
    if (isAuthError(error)) return error;
    this.#logger.error(error);
    return new AuthError('authority_stale', { cause: error, retryAfterSeconds: 1 });
  }
}
