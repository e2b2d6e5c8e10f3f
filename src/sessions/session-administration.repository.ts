import { Injectable } from '@nestjs/common';
import type { AuditOrigin } from '../audit/audit-event';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database, type Tx } from '../database/database';
import type { Keyset } from '../database/page';
import { Parameters } from '../database/parameters';
import type { RevocationReason, Transport } from './session';
import { LIVE } from './live-session.sql';
import type { SessionListItem } from './sessions.repository';

/** A live session as an administrator sees it. @publicApi */
export interface AccountSession extends SessionListItem {
  readonly tenantId: string | null;
  readonly transport: Transport;
  readonly amr: readonly string[];
  /** When it ends unless it is used again. */
  readonly expiresAt: Date;
}

/** Whose sessions, and those of which tenant only. */
export interface SessionsOf {
  readonly accountId: string;
  readonly tenantId?: string;
}

/** An end that somebody else than the owner puts to sessions. */
export interface AdministratorsEnd extends SessionsOf {
  readonly actorId?: string;
  readonly origin?: AuditOrigin;
}

const REASON: RevocationReason = 'administrator';

/** The sessions of one account, for those who administer it. */
@Injectable()
export class SessionAdministrationRepository {
  constructor(private readonly database: Database) {}

  /** The newest first. */
  async list(whose: SessionsOf, keyset: Keyset): Promise<AccountSession[]> {
    const p = new Parameters();
    const before = keyset.before === undefined ? '' : `AND s.id < ${p.add(keyset.before, 'uuid')}`;
    return this.database.query<AccountSession>(
      `SELECT s.id, s.user_agent AS "userAgent", s.ip, s.created_at AS "createdAt",
         date_bin('5 minutes', s.last_seen_at, 'epoch') AS "lastSeenAt",
         s.tenant_id AS "tenantId", s.transport, s.amr,
         LEAST(s.idle_expires_at, s.absolute_expires_at) AS "expiresAt"
       FROM ${this.database.tables.sessions} s
       WHERE ${ofAccount(whose, p)} AND ${LIVE} ${before}
       ORDER BY s.id DESC LIMIT ${p.add(keyset.rows, 'integer')}`,
      p.values,
    );
  }

  /** Whether this call ended it. */
  async endOne(end: AdministratorsEnd & { readonly sessionId: string }): Promise<boolean> {
    const { tables } = this.database;
    const p = new Parameters();
    const log = insertAuditSql(tables, p, eventOf(end, { reason: REASON }), {
      from: 'ended',
      sessionId: 'ended.id',
      tenantId: 'ended.tenant_id',
    });
    const change = insertChangeSql(
      tables,
      p,
      { kind: 'session_revoked' },
      { from: 'ended', sessionId: 'ended.id' },
    );
    const rows = await this.database.query(
      `WITH ended AS (
        UPDATE ${tables.sessions} s
        SET revoked_at = clock_timestamp(), revoked_reason = ${p.add(REASON, 'text')}
        WHERE s.id = ${p.add(end.sessionId, 'uuid')} AND s.revoked_at IS NULL
          AND ${ofAccount(end, p)} AND ${LIVE}
        RETURNING s.id, s.tenant_id
      ), change AS (${change}), log AS (${log}) SELECT id FROM ended`,
      p.values,
    );
    return rows.length > 0;
  }

  /** Waits for the logins under way, so that the next statement finds their sessions. */
  async lockAccount(accountId: string, tx: Tx): Promise<void> {
    await this.database.query(
      `SELECT id FROM ${this.database.tables.accounts} WHERE id = $1::uuid FOR NO KEY UPDATE`,
      [accountId],
      tx,
    );
  }

  /**
   * Ends every live session, as the second statement of its transaction. With an epoch the whole
   * account is told of, and what it was raised for is on record even where no session was open;
   * without one, each session that ended.
   */
  async endAll(end: AdministratorsEnd & { readonly epoch?: number }, tx: Tx): Promise<string[]> {
    const { tables } = this.database;
    const p = new Parameters();
    const { epoch } = end;
    const details = `jsonb_build_object('reason', ${p.add(REASON, 'text')}, 'scope', ${p.add(
      end.tenantId === undefined ? 'all' : 'tenant',
      'text',
    )}, 'sessions', (SELECT coalesce(jsonb_agg(id ORDER BY id), '[]') FROM ended))`;
    const log = insertAuditSql(tables, p, eventOf(end, {}), {
      details,
      where: epoch === undefined ? 'EXISTS (SELECT FROM ended)' : undefined,
    });
    const change =
      epoch === undefined
        ? insertChangeSql(
            tables,
            p,
            { kind: 'session_revoked' },
            { from: 'ended', sessionId: 'ended.id' },
          )
        : insertChangeSql(tables, p, { kind: 'account_epoch', accountId: end.accountId, epoch });
    const rows = await this.database.query<{ id: string }>(
      `WITH locked AS (
        SELECT s.id FROM ${tables.sessions} s
        WHERE ${ofAccount(end, p)} AND ${LIVE} ORDER BY s.id FOR NO KEY UPDATE
      ), ended AS (
        UPDATE ${tables.sessions} s
        SET revoked_at = clock_timestamp(), revoked_reason = ${p.add(REASON, 'text')}
        FROM locked WHERE s.id = locked.id RETURNING s.id
      ), change AS (${change}), log AS (${log}) SELECT id FROM ended ORDER BY id`,
      p.values,
      tx,
    );
    return rows.map(({ id }) => id);
  }
}

function ofAccount({ accountId, tenantId }: SessionsOf, p: Parameters): string {
  const account = `s.account_id = ${p.add(accountId, 'uuid')}`;
  return tenantId === undefined
    ? account
    : `${account} AND s.tenant_id = ${p.add(tenantId, 'uuid')}`;
}

function eventOf(
  { accountId, tenantId, actorId, origin }: AdministratorsEnd,
  details: Readonly<Record<string, string>>,
) {
  return {
    action: 'session_revoked',
    outcome: 'success',
    actorId,
    accountId,
    tenantId,
    origin,
    details,
  } as const;
}
