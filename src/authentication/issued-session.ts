import type { Session } from '../sessions/session';

/** What login and refresh hand to the transport: the tokens, and what the answer says of the session. */
export interface IssuedSession {
  readonly session: Session;
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly authorityVersion: number;
  /** The proof that this browser has signed in before; absent after a refresh. */
  readonly knownDevice?: string;
}
