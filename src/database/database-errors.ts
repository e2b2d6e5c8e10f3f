import { QueryFailedError } from 'typeorm';
import { AuthError, isAuthError } from '../errors/auth-error';

/** Serialization failure and deadlock (PostgreSQL appendix A, class 40): running again is safe and right. */
const RETRYABLE = new Set(['40001', '40P01']);

const UNAVAILABLE_STATES = new Set([
  '25006', // read_only_sql_transaction: a demoted primary
  '53300', // too_many_connections
  '55P03', // lock_not_available (lock_timeout)
  '57014', // query_canceled (statement_timeout)
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
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
    const connectionException = code.startsWith('08');
    return (
      connectionException || UNAVAILABLE_STATES.has(code) || UNAVAILABLE_SYSTEM_CODES.has(code)
    );
  }
  // pg reports these without a code.
  const message = (error as { message?: unknown } | null)?.message;
  return (
    typeof message === 'string' &&
    /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|connection timeout|query read timeout|driver not connected/i.test(
      message,
    )
  );
}
