import { Catch, Injectable } from '@nestjs/common';
import type { AuthError } from '../errors/auth-error';
import type { AuthErrorCode } from '../errors/error-codes';
import { ProblemFilter, type RenderedError } from '../errors/problem.filter';
import { toProblem } from '../errors/problem';

/** The words of RFC 6749 §5.2, RFC 6750 §3.1 and RFC 7009 §2.2.1 where they have one. */
const OAUTH_ERRORS: Partial<Record<AuthErrorCode, string>> = {
  unauthenticated: 'invalid_client',
  invalid_client: 'invalid_client',
  invalid_token: 'invalid_token',
  forbidden: 'insufficient_scope',
  internal_error: 'server_error',
  throttled: 'temporarily_unavailable',
  overloaded: 'temporarily_unavailable',
  authority_stale: 'temporarily_unavailable',
  database_unavailable: 'temporarily_unavailable',
};

/** RFC 6749 §5.2: printable ASCII without quotes and backslashes. */
const NOT_DESCRIBABLE = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g;

/**
 * Answers the errors of the token endpoints in the shape that OAuth clients read (RFC 6749 §5.2), with
 * the members of our problem documents beside `error` and `error_description`.
 */
@Catch()
@Injectable()
export class OAuthErrorFilter extends ProblemFilter {
  protected override render(error: AuthError, requestId: string): RenderedError {
    return {
      contentType: 'application/json; charset=utf-8',
      body: {
        error: OAUTH_ERRORS[error.code] ?? 'invalid_request',
        error_description: (error.detail ?? error.message).replace(NOT_DESCRIBABLE, ''),
        ...toProblem(error, requestId),
      },
    };
  }
}
