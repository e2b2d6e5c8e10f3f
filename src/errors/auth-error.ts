import { INVALID_TOKEN_CHALLENGE } from './bearer-challenges';
import { ERROR_CODES, type AuthErrorCode } from './error-codes';

/** One field that failed validation. `field` is a dotted path, `message` may reach the client. @publicApi */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** What an {@link AuthError} may carry besides its code. @publicApi */
export interface AuthErrorDetails {
  /** Public text that helps the caller. Never a cause, never a secret. */
  readonly detail?: string;
  /** Fields that failed, with `validation_failed` and `password_policy`. */
  readonly errors?: readonly FieldError[];
  /** Seconds after which a retry may succeed; sent as `Retry-After` with 429 and 503. */
  readonly retryAfterSeconds?: number;
  /** Value of `WWW-Authenticate` (RFC 6750 §3), where a bearer token was refused. */
  readonly challenge?: string;
  /** The private cause. It reaches the log and never an answer. */
  readonly cause?: unknown;
}

const brand = Symbol.for('@portcullis/nest/AuthError');

/**
 * The one error type of Portcullis: a stable code, public details and a private cause.
 *
 * Services throw it; only the problem filter knows HTTP.
 *
 * @example
 * throw new AuthError('throttled', { retryAfterSeconds: 30 });
 *
 * @publicApi
 */
export class AuthError extends Error {
  readonly code: AuthErrorCode;
  /**
   * The HTTP status of the code. A plain property, because body parsers wrap what a `verify` function
   * throws by assigning `status`, which would be a TypeError outside of any request on a getter.
   * The filters answer with the status of the code.
   */
  readonly status: number;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
  readonly challenge?: string;

  constructor(code: AuthErrorCode, details: AuthErrorDetails = {}) {
    super(ERROR_CODES[code].title, { cause: details.cause });
    this.name = 'AuthError';
    this.code = code;
    this.status = ERROR_CODES[code].status;
    this.detail = details.detail;
    this.errors = details.errors;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.challenge =
      details.challenge ?? (code === 'invalid_token' ? INVALID_TOKEN_CHALLENGE : undefined);
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Tells an {@link AuthError} from anything else, even when two copies of the package are loaded. @publicApi */
export function isAuthError(error: unknown): error is AuthError {
  return typeof error === 'object' && error !== null && brand in error;
}
