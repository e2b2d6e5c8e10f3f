import { QueryFailedError } from 'typeorm';
import { AuthError, isAuthError } from '../errors/auth-error';

/** Serialization failure and deadlock (PostgreSQL appendix A, class 40): running again is safe and right. */
const RETRYABLE = new Set(['40001', '40P01']);

/** Classes of errors that say "not now": connection, resources, operator and system trouble. */
const UNAVAILABLE_CLASSES = new Set(['08', '53', '58']);

const UNAVAILABLE_STATES = new Set([
  ...RETRYABLE, // still in the way after the last attempt
  '25006', // read_only_sql_transaction: a demoted primary
  '25P03', // idle_in_transaction_session_timeout
  '55P03', // lock_not_available (lock_timeout)
  '57014', // query_canceled (statement_timeout)
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
]);

const UNAVAILABLE_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** The SQLSTATE or system code of a failed query, wherever TypeORM or `pg` put it. */
export function databaseErrorCode(error: unknown): string | undefined {
  const source: unknown = error instanceof QueryFailedError ? error.driverError : error;
  const code = (source as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(databaseErrorCode(error) ?? '');
}

/** pg gave up waiting (`query_timeout`): the statement may still run, and its answer may still come. */
export function isReadTimeout(error: unknown): boolean {
  const source: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return (source as { message?: unknown } | null)?.message === 'Query read timeout';
}

/** `23505`: another row already has this key. */
export function isUniqueViolation(error: unknown): boolean {
  return databaseErrorCode(error) === '23505';
}

/**
 * Says "try again" (503) where the database was away, and passes every other error on. A client can
 * therefore tell an outage from the end of its session. The library does so with its own statements;
 * a host may with what TypeORM throws at it.
 *
 * @example
 * await this.invoices.find().catch((error) => { throw translateDatabaseError(error); });
 *
 * @publicApi
 */
export function translateDatabaseError(error: unknown): unknown {
  if (isAuthError(error)) return error;
  return isUnavailable(error)
    ? new AuthError('database_unavailable', { cause: error, retryAfterSeconds: 1 })
    : error;
}

function isUnavailable(error: unknown): boolean {
  const code = databaseErrorCode(error);
  if (code !== undefined) {
    return (
      UNAVAILABLE_CLASSES.has(code.slice(0, 2)) ||
      UNAVAILABLE_STATES.has(code) ||
      UNAVAILABLE_SYSTEM_CODES.has(code)
    );
  }
  // pg reports these without a code.
  const message = (error as { message?: unknown } | null)?.message;
  return (
    typeof message === 'string' &&
    /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|connection timeout|query read timeout|not queryable|driver not connected/i.test(
      message,
    )
  );
}
