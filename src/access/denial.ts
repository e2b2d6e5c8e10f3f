import type { ExecutionContext } from '@nestjs/common';
import { AuthError } from '../errors/auth-error';
import { INSUFFICIENT_SCOPE_CHALLENGE } from '../errors/bearer-challenges';
import { httpRequestOf } from '../requests/execution';

/** What a principal is answered that may not: 403, with a challenge where it came by a bearer token. */
export function denialOf(
  context: Pick<ExecutionContext, 'getType' | 'getArgs'>,
  details: { readonly detail?: string; readonly cause?: unknown } = {},
): AuthError {
  const byBearer = httpRequestOf(context)?.headers.authorization !== undefined;
  const challenge = byBearer ? INSUFFICIENT_SCOPE_CHALLENGE : undefined;
  return new AuthError('forbidden', { ...details, challenge });
}
