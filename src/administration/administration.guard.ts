import {
  Inject,
  Injectable,
  Logger,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { denialOf } from '../access/denial';
import { RolesGuard } from '../access/roles.guard';
import { JwtAuthGuard } from '../authentication/jwt-auth.guard';
import { newId } from '../database/identifiers';
import { AuthError } from '../errors/auth-error';
import { StructuralAuthOptions } from '../options/structural-options';
import type { HttpRequest } from '../requests/http-request';
import { RequestReader } from '../requests/request-info';
import { principalOf, type Principal } from '../route-access/principal';
import { setCaller } from './caller';

const REACHES_BEYOND = 'portcullis:reaches-beyond-tenants';

/** The route reaches beyond any one tenant, so whoever acts in a tenant may not use it. */
export function ReachesBeyondTenants(): MethodDecorator & ClassDecorator {
  return SetMetadata(REACHES_BEYOND, true);
}

/**
 * Stands before every route of the administration and tells it who calls.
 *
 * The global guards decide about the declared access. Where an application goes without them, this one
 * asks the same guards itself: no option opens the administration by accident.
 */
@Injectable()
export class AdministrationGuard implements CanActivate {
  readonly #logger = new Logger('Administration');

  constructor(
    @Inject(StructuralAuthOptions) private readonly options: StructuralAuthOptions,
    private readonly authentication: JwtAuthGuard,
    private readonly roles: RolesGuard,
    private readonly requests: RequestReader,
    private readonly reflector: Reflector,
  ) {}

  /** @throws AuthError as the global guards, and `forbidden` in a tenant where a route reaches further */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.options.globalGuards === false && !(await this.#isAllowed(context))) return false;
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const principal = principalOf(request);
    if (principal === undefined) throw new AuthError('unauthenticated');
    this.#refuseBeyondTenant(context, principal);
    const { accountId: actorId, activation, tenantId } = principal;
    const { ip, userAgent, requestId } = this.requests.read(request);
    setCaller(request, {
      by: { actorId, activation, origin: { ip, userAgent, requestId } },
      scope: { tenantId },
    });
    return true;
  }

  async #isAllowed(context: ExecutionContext): Promise<boolean> {
    return (
      (await this.authentication.canActivate(context)) && (await this.roles.canActivate(context))
    );
  }

  #refuseBeyondTenant(context: ExecutionContext, { accountId, tenantId }: Principal): void {
    const declaredOn = [context.getHandler(), context.getClass()];
    const reaches = this.reflector.getAllAndOverride<true | undefined>(REACHES_BEYOND, declaredOn);
    if (tenantId === undefined || reaches === undefined) return;
    const route = `${context.getClass().name}.${context.getHandler().name}`;
    const decision = { decisionId: newId(), accountId, tenantId, route };
    this.#logger.warn(JSON.stringify({ event: 'authz_fail', rule: 'beyond_tenant', ...decision }));
    throw denialOf(context, { detail: 'This reaches beyond the tenant of the session.' });
  }
}
