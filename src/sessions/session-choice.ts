import type { AuditOrigin } from '../audit/audit-event';
import type { SecretIdRenewal } from './secret-id.sql';

/** A choice that a session makes. */
export interface NewSessionChoice {
  readonly accountId: string;
  readonly sessionId: string;
  /** Null: every role that is held. A new tenant always begins with that. */
  readonly activeRoleIds: readonly string[] | null;
  /** Left out: the tenant stays. Null: the session is bound to none. */
  readonly tenantId?: string | null;
  /** With transport `session`: the id that the session has from then on. */
  readonly renewal?: SecretIdRenewal;
  readonly origin?: AuditOrigin;
}
