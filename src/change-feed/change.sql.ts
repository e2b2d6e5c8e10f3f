import type { Parameters } from '../database/parameters';
import type { AuthTables } from '../database/tables';
import type { Change } from './change';

/** Columns of a change that another part of the same statement supplies, as SQL expressions. */
export interface ChangeSqlOverrides {
  readonly accountId?: string;
  readonly sessionId?: string;
  readonly tenantId?: string;
  readonly epoch?: string;
  readonly from?: string;
}

/**
 * An INSERT of a change for each row of `from`, to stand in a CTE of the statement that makes the
 * change: instances hear of it exactly when it commits.
 */
export function insertChangeSql(
  tables: AuthTables,
  parameters: Parameters,
  change: Partial<Change> & Pick<Change, 'kind'>,
  sql: ChangeSqlOverrides = {},
): string {
  const row = columnsOf(change);
  const values = [
    parameters.add(change.kind, 'text'),
    sql.accountId ?? parameters.add(row.accountId, 'uuid'),
    sql.sessionId ?? parameters.add(row.sessionId, 'uuid'),
    sql.tenantId ?? parameters.add(row.tenantId, 'uuid'),
    sql.epoch ?? parameters.add(row.epoch, 'integer'),
  ];
  return `INSERT INTO ${tables.changes} (kind, account_id, session_id, tenant_id, epoch)
    SELECT ${values.join(', ')}${sql.from === undefined ? '' : ` FROM ${sql.from}`}`;
}

function columnsOf(change: Partial<Change>) {
  const given = change as {
    accountId?: string;
    sessionId?: string;
    exceptSessionId?: string;
    tenantId?: string;
    epoch?: number;
    version?: number;
  };
  return {
    accountId: given.accountId,
    sessionId: given.sessionId ?? given.exceptSessionId,
    tenantId: given.tenantId,
    epoch: given.epoch ?? given.version,
  };
}
