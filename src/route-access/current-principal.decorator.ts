import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { AuthError } from '../errors/auth-error';
import { principalOf, type Principal } from './principal';

/**
 * Gives a handler the principal of its request.
 *
 * @example
 * approve(\@CurrentPrincipal() principal: Principal, \@Param('id') id: string) { … }
 *
 * @throws AuthError `unauthenticated` on a public route, where nobody is identified
 *
 * @publicApi
 */
export const CurrentPrincipal: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal => {
    const principal = principalOf(context.switchToHttp().getRequest<object>());
    if (principal === undefined) throw new AuthError('unauthenticated');
    return principal;
  },
);
