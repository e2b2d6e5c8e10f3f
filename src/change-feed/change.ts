/** A session ended: its access tokens are refused from now on. */
export interface SessionRevokedChange {
  readonly kind: 'session_revoked';
  readonly sessionId: string;
}

/** The security epoch of an account rose: tokens of an older epoch are refused, but for one session. */
export interface AccountEpochChange {
  readonly kind: 'account_epoch';
  readonly accountId: string;
  readonly epoch: number;
  readonly exceptSessionId?: string;
}

/** What an account may do changed; without an account, what everybody may do, everywhere or in one tenant. */
export interface AuthorityChange {
  readonly kind: 'authority';
  readonly accountId?: string;
  readonly tenantId?: string;
}

/** A session has other roles active or another tenant: its older access tokens are refused. */
export interface SessionVersionChange {
  readonly kind: 'session_version';
  readonly sessionId: string;
  readonly version: number;
}

/** The set of signing keys changed. */
export interface KeysChange {
  readonly kind: 'keys';
}

/** What instances tell each other. */
export type Change =
  SessionRevokedChange | AccountEpochChange | AuthorityChange | SessionVersionChange | KeysChange;
