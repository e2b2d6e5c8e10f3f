import { AuthError } from '../errors/auth-error';
import type { GuessLane } from './guess-reservation';

/** Why a guess was refused; for the audit, never for the answer. */
export interface GuessRefusal {
  readonly lane: 'source' | GuessLane;
  /** Whether waiting does not help: the cap of consecutive failures is reached. */
  readonly closed: boolean;
  /** Whole seconds, at least 1. */
  readonly retryAfterSeconds: number;
}

/**
 * A guess that was refused before anything was hashed. To a client it is `throttled`, whatever the
 * reason: the answer must not tell a closed lane from a waiting one.
 */
export class GuessRefusedError extends AuthError {
  constructor(readonly refusal: GuessRefusal) {
    super('throttled', { retryAfterSeconds: refusal.retryAfterSeconds });
    this.name = 'GuessRefusedError';
  }
}
