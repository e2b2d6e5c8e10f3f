import { newId } from '../database/identifiers';
import type { Parameters } from '../database/parameters';
import type { AuthTables } from '../database/tables';
import type { AuditEvent } from './audit-event';

/** Columns of an audit event that another part of the same statement supplies, as SQL expressions. */
export interface AuditSqlOverrides {
  readonly action?: string;
  readonly outcome?: string;
  readonly actorId?: string;
  readonly accountId?: string;
  readonly sessionId?: string;
  readonly tenantId?: string;
  readonly target?: string;
  readonly details?: string;
}

/**
 * An INSERT of one audit event for each row of `from`, to stand in a CTE of the statement that makes
 * the change, so that the record exists exactly when the change does.
 *
 * `from` must give at most one row: the id of the event is a parameter.
 */
export function insertAuditSql(
  tables: AuthTables,
  parameters: Parameters,
  event: AuditEvent,
  {
    from,
    where,
    ...sql
  }: AuditSqlOverrides & { readonly from?: string; readonly where?: string } = {},
): string {
  const values = [
    parameters.add(newId(), 'uuid'),
    sql.action ?? parameters.add(event.action, 'text'),
    sql.outcome ?? parameters.add(event.outcome, 'text'),
    sql.actorId ?? parameters.add(event.actorId, 'uuid'),
    sql.accountId ?? parameters.add(event.accountId, 'uuid'),
    sql.sessionId ?? parameters.add(event.sessionId, 'uuid'),
    sql.tenantId ?? parameters.add(event.tenantId, 'uuid'),
    sql.target ?? parameters.add(event.target, 'text'),
    parameters.add(event.origin?.ip, 'text'),
    parameters.add(event.origin?.userAgent, 'text'),
    parameters.add(event.origin?.requestId, 'text'),
    sql.details ?? parameters.add(JSON.stringify(event.details ?? {}), 'jsonb'),
  ];
  return `INSERT INTO ${tables.audit}
    (id, action, outcome, actor_id, account_id, session_id, tenant_id, target, ip, user_agent, request_id, details)
    SELECT ${values.join(', ')}${from === undefined ? '' : ` FROM ${from}`}${where === undefined ? '' : ` WHERE ${where}`}`;
}
