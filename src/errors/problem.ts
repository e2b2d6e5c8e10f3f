import { HttpException } from '@nestjs/common';
import { AuthError, isAuthError } from './auth-error';
import { ERROR_CODES, type AuthErrorCode } from './error-codes';

/** Where an HTTP library knows only a status, the code that says the same. */
const CODE_OF_STATUS: Readonly<Record<number, AuthErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'throttled',
  431: 'headers_too_large',
  503: 'overloaded',
};

/**
 * Anything thrown while a request was handled, as an {@link AuthError}.
 *
 * An error of the HTTP layer (Nest's `HttpException`, `http-errors` as body parsers and Express
 * throw them, Fastify's errors) keeps its meaning and loses its text, which may quote the request
 * (HT-7). A 4xx status without a code of its own is `validation_failed`. An error that merely has a
 * `status`, such as one of an HTTP client, is ours to answer for: `internal_error`.
 */
export function toAuthError(thrown: unknown): AuthError {
  const own = authErrorWithin(thrown);
  if (own !== undefined && Object.hasOwn(ERROR_CODES, own.code)) return own;
  const status = httpStatus(thrown);
  const known = status === undefined ? undefined : CODE_OF_STATUS[status];
  const requestIsWrong = status !== undefined && status >= 400 && status < 500;
  const code = known ?? (requestIsWrong ? 'validation_failed' : 'internal_error');
  return new AuthError(code, { cause: thrown });
}

/**
 * Our error, as it was thrown or as it arrives from the `verify` function of a body parser: the
 * parser marks it, and Nest's Express adapter then wraps what the parser marked.
 */
export function authErrorWithin(thrown: unknown): AuthError | undefined {
  if (isAuthError(thrown)) return thrown;
  const cause = thrown instanceof HttpException ? thrown.cause : undefined;
  const verified = isAuthError(cause) && 'type' in cause && cause.type === 'entity.verify.failed';
  return verified ? cause : undefined;
}

/** Recognises our errors by their brand, for filters: Nest compares with `instanceof`. */
export class AnyAuthError {
  static [Symbol.hasInstance](value: unknown): boolean {
    return authErrorWithin(value) !== undefined;
  }
}

function httpStatus(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  if (thrown instanceof HttpException) return thrown.getStatus();
  const { expose, code, statusCode } = thrown as Readonly<Record<string, unknown>>;
  const ofHttpLayer =
    typeof expose === 'boolean' || (typeof code === 'string' && code.startsWith('FST_ERR_'));
  return ofHttpLayer && typeof statusCode === 'number' ? statusCode : undefined;
}

/** The body of an answer that refuses: RFC 9457, with our stable `code` beside the `type`. */
export function toProblem(error: AuthError, requestId: string): Readonly<Record<string, unknown>> {
  const { status, title } = ERROR_CODES[error.code];
  return {
    type: `urn:portcullis:error:${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.detail,
    errors: error.errors,
    requestId,
  };
}
