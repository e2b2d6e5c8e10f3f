import type { Principal } from '../route-access/principal';
import type { SessionReference } from './revocations';
import type { Session } from './session';

/** What the holder of a superseded secret id may still be, as its row keeps it. */
export interface PreviousAssurance {
  /** Seconds since the epoch. */
  readonly authTime: number;
  readonly amr: readonly string[];
  readonly tenantId: string | null;
  readonly activeRoleIds: readonly string[] | null;
  /** Whether the holder gets the current id. Not where it proves more than the superseded one did. */
  readonly converges: boolean;
}

/** What cookies are written from. */
export type CookieSession = Pick<Session, 'id' | 'transport' | 'counter' | 'expiresAt' | 'endsAt'>;

/**
 * A live session as a secret id identifies it, in the memory of an instance. Times of the `…Until`
 * kind are milliseconds on the monotonic clock.
 */
export interface IdentifiedSession extends SessionReference {
  /** SHA-256 of the id in base64url. */
  readonly key: string;
  readonly principal: Principal;
  readonly cookie: CookieSession;
  /** Whether the id is the current one, and not the one before. */
  readonly isCurrent: boolean;
  /** What the current id is made from, where the holder of the one before may have it. */
  readonly successor?: { readonly nonce: Buffer; readonly digest: Buffer };
  /** The version of the account's authority that the id was issued under. */
  readonly authorityVersion: number;
  /** When the session has to be looked up again, whatever its use. */
  readonly endsUntil: number;
  /** The same unless it is used; this instance moves it with each use. */
  idleUntil: number;
  /** Until when the database holds it for live, as far as this instance knows. */
  storedIdleUntil: number;
}

const identified = new WeakMap<object, IdentifiedSession>();

/** Notes by which session a request was authenticated. */
export function setIdentifiedSession(request: object, session: IdentifiedSession): void {
  identified.set(request, session);
}

/** The session whose secret id authenticated a request; undefined for requests with a token. */
export function identifiedSessionOf(request: object): IdentifiedSession | undefined {
  return identified.get(request);
}

/** The digest of the secret id that authenticated a request. */
export function presentedDigestOf(request: object): Buffer | undefined {
  const session = identifiedSessionOf(request);
  return session && Buffer.from(session.key, 'base64url');
}
