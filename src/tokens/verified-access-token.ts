import type { Principal } from '../route-access/principal';

/** What an access token says, after every check. It is frozen, and shared by all requests that carry the token. */
export interface VerifiedAccessToken {
  /** `sub`. */
  readonly accountId: string;
  /** `sid`. */
  readonly sessionId: string;
  /** `client_id`: whom the token was issued to. */
  readonly clientId: string;
  /** `ae`: the security epoch of the account when the token was issued. */
  readonly accountEpoch: number;
  /** `sv`: the version of the session, once roles are activated per session. */
  readonly sessionVersion?: number;
  /** `tid`: the tenant that the session is bound to. */
  readonly tenantId?: string;
  /** `auth_time`, in seconds since the epoch. */
  readonly authTime: number;
  readonly amr: readonly string[];
  /** `iat`, in seconds since the epoch. */
  readonly issuedAt: number;
  /** Seconds since the epoch: `exp`, or earlier where tokens live shorter by now. */
  readonly expiresAt: number;
  /** `jti`. */
  readonly tokenId: string;
  readonly keyId: string;
  /** The same as the guards hand to controllers, so that a request makes none of its own. */
  readonly principal: Principal;
}
