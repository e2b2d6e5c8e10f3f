import type { ServerErrorCode } from './contract.gen.js';

/**
 * What went wrong, as a stable code: those of the server, and our own for what never reached it. A
 * newer server may answer with one that is not listed.
 */
export type ClientErrorCode =
  | ServerErrorCode
  | 'offline'
  | 'network'
  | 'timeout'
  | 'protocol'
  | 'superseded'
  | 'not_replayable'
  | 'cookie_rejected'
  | (string & {});

/** What an {@link AuthError} is made of. */
export interface AuthErrorInit {
  readonly code: ClientErrorCode;
  readonly status?: number | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly requestId?: string | undefined;
  /** Which fields of a form were refused, and why. */
  readonly fields?: readonly FieldError[] | undefined;
  readonly challenge?: Challenge | undefined;
  readonly cause?: unknown;
}

/** A refused field of a form. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** A second factor that the server asks for. */
export interface Challenge {
  readonly token: string;
  readonly factors: readonly string[];
  /** Seconds for which it may be answered. */
  readonly expiresIn: number;
}

/** Only these end a session, and only where refresh or session answered them. */
const FATAL = [
  'unauthenticated',
  'session_expired',
  'session_revoked',
  'refresh_reused',
  'account_disabled',
] as const satisfies readonly ServerErrorCode[];

/** One of them. */
export type FatalErrorCode = (typeof FATAL)[number];

/**
 * A request of ours that failed. It shows no token.
 *
 * @example
 * try {
 *   await auth.login({ email, password });
 * } catch (error) {
 *   if (error instanceof AuthError && error.code === 'throttled') show(error.retryAfterSeconds);
 * }
 */
export class AuthError extends Error {
  readonly code: ClientErrorCode;
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly requestId: string | undefined;
  readonly fields: readonly FieldError[];
  readonly #challenge: Challenge | undefined;

  constructor(init: AuthErrorInit) {
    const { code, cause } = init;
    super(code, { cause });
    this.name = 'AuthError';
    this.code = code;
    this.status = init.status ?? 0;
    this.retryAfterSeconds = init.retryAfterSeconds;
    this.requestId = init.requestId;
    this.fields = init.fields ?? [];
    this.#challenge = init.challenge;
  }

  /** The second factor that is asked for. No log and no copy of the error shows it, since it holds a token. */
  get challenge(): Challenge | undefined {
    return this.#challenge;
  }

  /** Whether the same request may succeed later: nothing about the session is known to have changed. */
  get retryable(): boolean {
    return this.status === 0
      ? /^(?:offline|network|timeout)$/.test(this.code)
      : this.status === 429 || this.status >= 500;
  }

  /** Whether an answer of refresh or session with this error ends the session. */
  get endsSession(): boolean {
    return this.status === 401 && isFatal(this.code);
  }
}

export function isFatal(code: unknown): code is FatalErrorCode {
  return (FATAL as readonly unknown[]).includes(code);
}
