import type { AuthError } from '../errors/auth-error';
import type { AuthErrorCode } from '../errors/error-codes';
import type { SessionReference } from './revocations';

/** An open connection, and the token it was opened with. */
export interface Connection {
  readonly session: SessionReference;
  /** The version of the session when the token was issued: which of its roles are active. */
  readonly sessionVersion?: number;
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
  #version?: number;

  constructor({ session, sessionVersion, expiresAt }: Connection) {
    this.#reference = session;
    this.#admittedUntil = expiresAt;
    this.#version = sessionVersion;
  }

  get reference(): SessionReference {
    return this.#reference;
  }

  /** Seconds since the epoch; after that the session has to be looked up. */
  get admittedUntil(): number {
    return this.#admittedUntil;
  }

  /** The version of the session that the oldest connection was opened with, where its token named one. */
  get version(): number | undefined {
    return this.#version;
  }

  /** What the latest token or lookup says counts for all connections. */
  learn({ session, sessionVersion, expiresAt }: Connection): void {
    // What was opened with an older version acts in a way that the session gave up.
    this.#version = oldest(this.#version, sessionVersion);
    if (session.issuedAt <= this.#reference.issuedAt) return;
    this.#reference = session;
    this.#admittedUntil = expiresAt;
  }

  renew(accountEpoch: number, issuedAt: number, admittedUntil: number): void {
    this.#reference = { ...this.#reference, accountEpoch, issuedAt };
    this.#admittedUntil = admittedUntil;
  }
}

function oldest(one?: number, other?: number): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.min(one, other);
}
