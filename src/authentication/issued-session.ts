import type { Authority } from '../access/authority';
import type { Session } from '../sessions/session';

/** The tokens of a session's current generation. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  /** Absent where the refresh token stays as it is. */
  readonly refreshToken?: string;
}

/** What the flows hand to the transport: the credential, and what the answer says of the session. */
export interface IssuedSession {
  readonly session: Session;
  readonly authority: Authority;
  /** Absent with transport `session`. */
  readonly tokens?: IssuedTokens;
  /** The id for the cookie of transport `session`. */
  readonly secretId?: string;
  /** The proof that this browser has signed in before; only after a login. */
  readonly knownDevice?: string;
}
