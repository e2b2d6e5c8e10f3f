import type { AuditOrigin } from '../audit/audit-event';
import { insertAuditSql } from '../audit/audit.sql';
import type { Parameters } from '../database/parameters';
import type { AuthTables } from '../database/tables';
import type { NewSecretId } from './secret-ids';

/** A secret id that takes the place of the one in use. */
export interface SecretIdRenewal extends Pick<NewSecretId, 'nonce' | 'digest'> {
  /** The digest of the id that the request carries which asks for it. */
  readonly presented: Buffer;
  /** Whether whoever holds the id before may be given this one; see {@link PreviousAssurance}. */
  readonly converges: boolean;
}

/** What of a session `s` is the session of a secret id, also of the id before for as long as the grace lasts. */
export function holdsSecretIdSql(digest: string, grace: string, s = 's'): string {
  return `${s}.transport = 'session' AND (${s}.secret_digest = ${digest}
    OR (${s}.previous_digest = ${digest} AND ${s}.rotated_at > clock_timestamp() - ${grace}))`;
}

/**
 * Whether the id that was presented may be replaced: a new one goes to the holder of the current one, or
 * of the one before where that leads to the current one anyway. Else whoever was just shut out by a
 * step-up or a new password would be let in again by a choice of roles.
 */
export function mayRenewSql(p: Parameters, { presented }: SecretIdRenewal): string {
  const digest = p.add(presented, 'bytea');
  return `(s.secret_digest = ${digest}
    OR (s.previous_digest = ${digest} AND (s.previous_assurance ->> 'converges')::boolean))`;
}

/**
 * The assignments that give a session `s` a new secret id, to stand in the UPDATE that is the reason
 * for it. The id before keeps what it was worth: it gains nothing by the change, and what it loses it
 * loses at once.
 */
export function renewSecretIdSql(p: Parameters, renewal: SecretIdRenewal): string {
  return `counter = s.counter + 1, rotated_at = clock_timestamp(),
    secret_nonce = ${p.add(renewal.nonce, 'bytea')}, secret_digest = ${p.add(renewal.digest, 'bytea')},
    previous_digest = s.secret_digest,
    previous_assurance = jsonb_build_object('authTime', floor(extract(epoch FROM s.auth_time)),
      'amr', s.amr, 'tenantId', s.tenant_id, 'activeRoleIds', s.active_role_ids,
      'converges', ${p.add(renewal.converges, 'boolean')})`;
}

/**
 * The audit of a new secret id, for the row of the CTE `renewed` with the columns of a session: the
 * audit counts the generations of a session.
 */
export function renewalLogSql(
  tables: AuthTables,
  p: Parameters,
  { renewed, reason, origin }: RenewalLog,
): string {
  return insertAuditSql(
    tables,
    p,
    { action: 'session_renewed', outcome: 'success', origin },
    {
      from: renewed,
      actorId: `${renewed}.account_id`,
      accountId: `${renewed}.account_id`,
      sessionId: `${renewed}.id`,
      tenantId: `${renewed}.tenant_id`,
      details: `jsonb_build_object('generation', ${renewed}.counter, 'reason', ${p.add(reason, 'text')})`,
    },
  );
}

interface RenewalLog {
  /** The name of the CTE. */
  readonly renewed: string;
  readonly reason: RenewalReason;
  readonly origin?: AuditOrigin;
}

/** Why a session got a new secret id. */
export type RenewalReason = 'authority' | 'choice' | 'step_up' | 'password_change';
