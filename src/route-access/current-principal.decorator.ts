import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { AuthError } from '../errors/auth-error';
import { carrierOf } from '../requests/execution';
import { principalOf, type Principal } from './principal';

/**
 * Gives a handler the principal it acts for: of its request, of the socket, or of the message.
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
    const carrier = carrierOf(context);
    const principal = carrier === undefined ? undefined : principalOf(carrier);
    if (principal === undefined) throw new AuthError('unauthenticated');
    return principal;
  },
);
