import type { RoleActivation } from '../route-access/principal';

/**
 * How a session is carried: its tokens in `cookie` for browsers and in `body` for native clients, or
 * `session`, a secret id in a cookie and no token at all.
 */
export type Transport = 'cookie' | 'body' | 'session';

/** Why a session ended. */
export type RevocationReason =
  | 'logout'
  | 'replaced'
  | 'limit'
  | 'reuse'
  | 'revoked'
  | 'administrator'
  | 'password_change'
  | 'account_disabled';

/** A session as the flows see it, together with the account it belongs to. */
export interface Session {
  readonly id: string;
  readonly tenantId?: string;
  readonly transport: Transport;
  /** How often the refresh token was rotated, or the secret id replaced; it only rises. */
  readonly counter: number;
  readonly accountEpoch: number;
  /** Rises when other roles become active or another tenant is chosen. */
  readonly sessionVersion: number;
  /** The roles that the session chose to have active, by id; undefined: all that are held. */
  readonly activeRoleIds?: readonly string[];
  readonly createdAt: Date;
  /** When it ends unless it is used again. */
  readonly expiresAt: Date;
  /** When it ends at the latest, whatever its use. */
  readonly endsAt: Date;
  readonly amr: readonly string[];
  readonly authTime: Date;
  readonly account: SessionAccount;
}

/** What an answer says of the account. */
export interface SessionAccount {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly displayName: string | null;
}

/** The row that {@link SESSION_COLUMNS} selects. */
export interface SessionRow {
  id: string;
  tenant_id: string | null;
  transport: Transport;
  counter: number;
  account_epoch: number;
  session_version: number;
  active_role_ids: string[] | null;
  created_at: Date;
  expires_at: Date;
  ends_at: Date;
  amr: string[];
  auth_time: Date;
  account_id: string;
  email: string;
  email_verified: boolean;
  display_name: string | null;
}

/** The columns of a {@link SessionRow}, of a session `s` and its account `a`. */
export const SESSION_COLUMNS = `s.id, s.tenant_id, s.transport, s.counter, s.account_epoch,
  s.session_version, s.active_role_ids, s.created_at, LEAST(s.idle_expires_at, s.absolute_expires_at) AS expires_at,
  s.absolute_expires_at AS ends_at,
  s.amr, s.auth_time, a.id AS account_id, a.email, a.email_verified_at IS NOT NULL AS email_verified,
  a.display_name`;

export function sessionOf(row: SessionRow): Session {
  return {
    id: row.id,
    tenantId: row.tenant_id ?? undefined,
    transport: row.transport,
    counter: row.counter,
    accountEpoch: row.account_epoch,
    sessionVersion: row.session_version,
    activeRoleIds: row.active_role_ids ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    endsAt: row.ends_at,
    amr: row.amr,
    authTime: row.auth_time,
    account: {
      id: row.account_id,
      email: row.email,
      emailVerified: row.email_verified,
      displayName: row.display_name,
    },
  };
}

/** The roles that a session has active; undefined where it chose none. */
export function activationIn({
  sessionVersion: version,
  activeRoleIds: roleIds,
}: Session): RoleActivation | undefined {
  return roleIds === undefined ? undefined : { version, roleIds };
}
