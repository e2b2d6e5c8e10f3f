import type { Authority } from '../access/authority';
import type { Session } from '../sessions/session';

/** What login and refresh hand to the transport: the tokens, and what the answer says of the session. */
export interface IssuedSession {
  readonly session: Session;
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  readonly authority: Authority;
  /** The proof that this browser has signed in before; absent after a refresh. */
  readonly knownDevice?: string;
}
