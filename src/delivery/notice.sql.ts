import type { AuditOrigin } from '../audit/audit-event';
import { newId } from '../database/identifiers';
import { seconds, type Parameters } from '../database/parameters';
import type { AuthTables } from '../database/tables';
import type { NoticeKind } from '../options/message-sender';

/** Of what somebody is to be told, and what happened there. */
export interface NewNotice {
  readonly kind: NoticeKind;
  readonly origin: AuditOrigin;
  /** Seconds after a notice of this kind in which the account gets no other. */
  readonly windowSeconds?: number;
}

/**
 * Common table expressions that write a mail to be sent for the row of `from`, to stand behind others
 * in the statement that makes the event: whoever rolls it back also takes the mail back, and no
 * request ever waits for a mail server.
 *
 * @param from a CTE or join of at most one row, with the columns `account_id`, `email` and `display_name`
 */
export function noticeCtes(
  tables: AuthTables,
  p: Parameters,
  { kind, origin, windowSeconds }: NewNotice,
  from: string,
): string {
  const kindSql = p.add(kind, 'text');
  const told = `notice_event AS MATERIALIZED (SELECT account_id, email, display_name FROM ${from})`;
  const opened =
    windowSeconds === undefined
      ? 'notice_window AS (SELECT account_id FROM notice_event)'
      : openedWindow(tables, p, kindSql, windowSeconds);
  return `${told}, ${opened}, notice AS (
      INSERT INTO ${tables.deliveries} (id, kind, account_id, recipient, details)
      SELECT ${p.add(newId(), 'uuid')}, ${kindSql}, notice_event.account_id, notice_event.email,
        jsonb_strip_nulls(jsonb_build_object('displayName', notice_event.display_name,
          'ip', ${p.add(origin.ip, 'text')}, 'userAgent', ${p.add(origin.userAgent, 'text')}))
      FROM notice_event JOIN notice_window ON notice_window.account_id = notice_event.account_id)`;
}

/**
 * One row per account and kind decides, whose lock makes concurrent requests wait and look again: of
 * any number of them one opens the window (F-35).
 */
function openedWindow(
  tables: AuthTables,
  p: Parameters,
  kind: string,
  windowSeconds: number,
): string {
  const window = p.add(seconds(windowSeconds), 'interval');
  return `notice_window AS (
      INSERT INTO ${tables.deliveryWindows} AS w (account_id, kind, opened_at)
      SELECT account_id, ${kind}, clock_timestamp() FROM notice_event
      ON CONFLICT (account_id, kind) DO UPDATE SET opened_at = clock_timestamp()
      WHERE w.opened_at <= clock_timestamp() - ${window}
      RETURNING account_id)`;
}
