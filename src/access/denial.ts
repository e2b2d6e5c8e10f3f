import type { ExecutionContext } from '@nestjs/common';
import { AuthError } from '../errors/auth-error';
import { INSUFFICIENT_SCOPE_CHALLENGE } from '../errors/bearer-challenges';
import { httpRequestOf, transportOf } from '../requests/execution';

/**
 * What a principal is answered that may not: 403, over HTTP with a challenge where it came by a bearer
 * token.
 */
export function denialOf(
  context: Pick<ExecutionContext, 'getType' | 'getArgs'>,
  details: { readonly detail?: string; readonly cause?: unknown } = {},
): AuthError {
  const request = transportOf(context) === 'http' ? httpRequestOf(context) : undefined;
  const byBearer = request?.headers.authorization !== undefined;
  const challenge = byBearer ? INSUFFICIENT_SCOPE_CHALLENGE : undefined;
  return new AuthError('forbidden', { ...details, challenge });
}
