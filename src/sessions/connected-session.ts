import type { AuthError } from '../errors/auth-error';
import type { AuthErrorCode } from '../errors/error-codes';
import { FIRST_SESSION_VERSION, type SessionReference } from './revocations';

/** An open connection, and the credential it was opened with. */
export interface Connection {
  readonly session: SessionReference;
  /** Which secret id of the session it was opened with; left out for a token. */
  readonly generation?: number;
  /** Seconds since the epoch: when the token expires. */
  readonly expiresAt: number;
  /** Closes the connection. It must neither throw nor wait. */
  readonly close: (reason: AuthError) => void;
}

/** A session with its open connections. They share what is known of it. */
export class ConnectedSession {
  readonly closers = new Map<object, Connection['close']>();
  /** Why it ended, once it did: whatever still arrives on a connection that is closing is refused. */
  endedBy?: AuthErrorCode;
  /** The lookup under way. */
  confirming?: Promise<void>;
  #reference: SessionReference;
  #admittedUntil: number;
  #version: number;
  #generation?: number;
  #openedInEpoch: number;
  #doubts = 0;

  constructor({ session, generation, expiresAt }: Connection) {
    this.#reference = session;
    this.#admittedUntil = expiresAt;
    this.#version = versionOf(session);
    this.#generation = generation;
    this.#openedInEpoch = session.accountEpoch;
  }

  get reference(): SessionReference {
    return this.#reference;
  }

  /** Seconds since the epoch; after that the session has to be looked up. */
  get admittedUntil(): number {
    return this.#admittedUntil;
  }

  /**
   * Whether a connection was opened before the session chose other roles or another tenant: it acts in
   * a way that the session gave up.
   */
  isOlderThan(version: number): boolean {
    return this.#version < version;
  }

  /** How often something was heard after which what is known has to be looked up again. */
  get doubts(): number {
    return this.#doubts;
  }

  /** Whether a connection was opened with a secret id that another one took the place of (SS-1). */
  hasSuperseded(generation: number): boolean {
    return this.#generation !== undefined && this.#generation < generation;
  }

  /**
   * Whether a connection was opened before the account's epoch rose and the session was spared, as by a
   * new password: whoever opened it need not know that password.
   */
  isOfEpochBefore(epoch: number): boolean {
    return this.#openedInEpoch < epoch;
  }

  /** A secret id may have been replaced: what was known is good for no longer than `until`. */
  doubt(until: number): void {
    if (this.#generation === undefined) return;
    this.#doubts += 1;
    this.#admittedUntil = Math.min(this.#admittedUntil, until);
  }

  /** What the latest token or lookup says counts for all connections. */
  learn({ session, generation, expiresAt }: Connection): void {
    this.#version = Math.min(this.#version, versionOf(session));
    this.#openedInEpoch = Math.min(this.#openedInEpoch, session.accountEpoch);
    if (generation !== undefined && this.#generation !== undefined) {
      this.#generation = Math.min(this.#generation, generation);
    }
    if (session.issuedAt <= this.#reference.issuedAt) return;
    this.#reference = session;
    this.#admittedUntil = expiresAt;
  }

  renew(accountEpoch: number, issuedAt: number, admittedUntil: number): void {
    this.#reference = { ...this.#reference, accountEpoch, issuedAt };
    this.#admittedUntil = admittedUntil;
  }
}

function versionOf({ sessionVersion = FIRST_SESSION_VERSION }: SessionReference): number {
  return sessionVersion;
}
