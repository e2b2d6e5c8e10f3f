import type { AuditOrigin } from '../audit/audit-event';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import type { Parameters } from '../database/parameters';
import type { AuthTables } from '../database/tables';
import type { RevocationReason } from '../sessions/session';
import { isLiveSql } from '../sessions/live-session.sql';

/*
 * Parts of the statement that opens the session `s` of the account `a`, where an account has a limit
 * of sessions. They count only under the account's lock, taken by a statement before.
 */

/** The CTE of the account's live sessions, without those that the login replaces anyway. */
export function liveCte(tables: AuthTables, isReplaced: string): string {
  return `live AS (
    SELECT old.id, old.created_at FROM a JOIN ${tables.sessions} old ON old.account_id = a.id
      AND old.account_epoch = a.security_epoch
    WHERE ${isLiveSql('old')} AND NOT (${isReplaced}))`;
}

/** Whether there is room for one more. */
export function hasRoomSql(p: Parameters, limit: number): string {
  return `(SELECT count(*) FROM live) < ${p.add(limit, 'integer')}`;
}

/** Ends the sessions that began first, as many as are too many with the new one. */
export function displacedCtes(
  tables: AuthTables,
  p: Parameters,
  { limit, origin }: { readonly limit: number; readonly origin: AuditOrigin },
): string {
  const reason: RevocationReason = 'limit';
  const change = insertChangeSql(
    tables,
    p,
    { kind: 'session_revoked' },
    { from: 'displaced', sessionId: 'displaced.id' },
  );
  const log = insertAuditSql(
    tables,
    p,
    { action: 'session_revoked', outcome: 'success', origin },
    {
      from: 's',
      where: 'EXISTS (SELECT FROM displaced)',
      actorId: 's.account_id',
      accountId: 's.account_id',
      sessionId: 's.id',
      details: `jsonb_build_object('reason', ${p.add(reason, 'text')},
        'sessions', (SELECT jsonb_agg(id ORDER BY id) FROM displaced))`,
    },
  );
  return `surplus AS (
      SELECT old.id FROM ${tables.sessions} old
      WHERE old.id IN (SELECT id FROM live ORDER BY created_at DESC, id DESC
        OFFSET ${p.add(limit - 1, 'integer')})
      ORDER BY old.id FOR NO KEY UPDATE
    ), displaced AS (
      UPDATE ${tables.sessions} old
      SET revoked_at = clock_timestamp(), revoked_reason = ${p.add(reason, 'text')}
      FROM surplus, s WHERE old.id = surplus.id AND old.revoked_at IS NULL RETURNING old.id
    ), displaced_change AS (${change}), displaced_log AS (${log})`;
}
