/**
 * The vocabulary of the audit, in the past tense of the OWASP logging vocabulary (control LO-1).
 *
 * @publicApi
 */
export const AUDIT_ACTIONS = [
  'authn_login_success',
  'authn_login_fail',
  'authn_login_fail_max',
  'authn_login_unlock',
  'authn_token_created',
  'authn_token_revoked',
  'authn_token_reuse',
  'authn_token_grace',
  'authn_step_up',
  'authn_step_up_fail',
  'authn_password_change',
  'authn_password_change_fail',
  'authz_fail',
  'session_created',
  'session_renewed',
  'session_expired',
  'session_logout',
  'session_revoked',
  'session_use_after_expire',
  'user_created',
  'user_updated',
  'user_disabled',
  'user_enabled',
  'privilege_permissions_changed',
  'role_created',
  'role_updated',
  'role_deleted',
  'session_roles_changed',
  'session_tenant_changed',
  'tenant_created',
  'tenant_updated',
  'excess_rate_limit_exceeded',
  'sys_bootstrap_completed',
  'crypto_key_created',
  'crypto_key_activated',
  'crypto_key_retired',
  'crypto_key_revoked',
] as const;

/** What an audit event says happened. @publicApi */
export type AuditAction = (typeof AUDIT_ACTIONS)[number];
