/*
 * What the server and this package agree on. Generated from src/errors/error-codes.ts and the OpenAPI
 * document of the reference server by "npm run generate".
 */

/** Every code that the server answers with. */
export type ServerErrorCode =
  | 'validation_failed'
  | 'password_policy'
  | 'link_invalid'
  | 'ambiguous_credentials'
  | 'unauthenticated'
  | 'invalid_credentials'
  | 'invalid_token'
  | 'invalid_client'
  | 'session_expired'
  | 'session_revoked'
  | 'refresh_reused'
  | 'account_disabled'
  | 'mfa_required'
  | 'step_up_required'
  | 'forbidden'
  | 'csrf_failed'
  | 'origin_refused'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'tenant_required'
  | 'role_cycle'
  | 'separation_of_duty'
  | 'last_administrator'
  | 'session_limit'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'headers_too_large'
  | 'throttled'
  | 'internal_error'
  | 'overloaded'
  | 'authority_stale'
  | 'database_unavailable';

export interface LoginDto {
  /** The address of the account. */
  readonly email: string;
  /** The password, exactly as it was chosen: it is neither trimmed nor shortened. */
  readonly password: string;
  /**
   * `cookie` keeps the refresh token from scripts; `session` keeps every token from them, for pages that
   * a server renders; `body` is for clients that are not browsers.
   */
  readonly transport?: 'cookie' | 'body' | 'session';
}

export interface LogoutDto {
  /** `current` ends this session, `others` every other one, `all` every one. */
  readonly scope?: 'current' | 'others' | 'all';
  /** With transport `body` only. */
  readonly refresh_token?: string;
}

export interface StepUpDto {
  /** The password of the account that is signed in. */
  readonly password: string;
}

export interface CurrentSessionAnswer {
  /** The roles that are active in the session. */
  readonly roles: readonly string[];
  /** The roles that are held, active or not. */
  readonly heldRoles: readonly string[];
  readonly permissions: readonly string[];
  readonly user: SessionUserAnswer;
  readonly session: SessionStateAnswer;
  /** Rises with each change of what the account may do. */
  readonly authorityVersion: number;
}

export interface IssuedAnswer {
  /** The roles that are active in the session. */
  readonly roles: readonly string[];
  /** The roles that are held, active or not. */
  readonly heldRoles: readonly string[];
  readonly permissions: readonly string[];
  readonly token_type?: 'Bearer';
  readonly access_token?: string;
  /** Seconds until the access token expires. */
  readonly expires_in?: number;
  /** After login and refresh, and only with transport `body`. */
  readonly refresh_token?: string;
  readonly user: SessionUserAnswer;
  readonly session: SessionStateAnswer;
  /** Rises with each change of what the account may do. */
  readonly authorityVersion: number;
}

export interface SessionListAnswer {
  /** The user agent that signed in. */
  readonly device: string | null;
  readonly ip: string | null;
  readonly id: string;
  readonly createdAt: string;
  /** Rounded to five minutes. */
  readonly lastSeenAt: string;
  /** Whether it is the session that asks. */
  readonly current: boolean;
}

export interface SessionUserAnswer {
  readonly displayName: string | null;
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
}

export interface SessionStateAnswer {
  /** How the person proved who they are (RFC 8176). */
  readonly amr: readonly string[];
  /** The tenant that the session is bound to. */
  readonly tenantId: string | null;
  readonly id: string;
  /** Rises with each new refresh token or secret id, so that a client can order what it heard. */
  readonly generation: number;
  readonly createdAt: string;
  /** When the session ends unless it is used again. */
  readonly expiresAt: string;
  readonly authTime: string;
}
