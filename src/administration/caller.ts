import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AuditOrigin } from '../audit/audit-event';
import type { TenantScope } from '../database/tenant-scope';
import { AuthError } from '../errors/auth-error';
import type { RoleActivation } from '../route-access/principal';

/** Who administers, and how far they see. It comes from the principal and from nothing else (AD-10). */
export interface Caller {
  readonly by: {
    readonly actorId: string;
    readonly activation?: RoleActivation;
    readonly origin: AuditOrigin;
  };
  /** With a tenant, whatever belongs to another one does not exist (AD-1). */
  readonly scope: TenantScope;
}

const callers = new WeakMap<object, Caller>();

/** Only the guard of the administration calls it, after it asked for everything else. */
export function setCaller(request: object, caller: Caller): void {
  callers.set(request, caller);
}

/**
 * Gives a handler of the administration its caller.
 *
 * @throws AuthError `unauthenticated` where the guard of the administration did not run
 */
export const CurrentCaller: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext): Caller => {
    const caller = callers.get(context.switchToHttp().getRequest<object>());
    if (caller === undefined) throw new AuthError('unauthenticated');
    return caller;
  },
);
