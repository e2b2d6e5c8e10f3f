import { Inject, Injectable } from '@nestjs/common';
import type { AuditOrigin } from '../audit/audit-event';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database, type Tx } from '../database/database';
import { Parameters, seconds } from '../database/parameters';
import { ResolvedAuthOptions } from '../options/auth-options';
import { LIVE, STATE } from './live-session.sql';
import {
  holdsSecretIdSql,
  mayRenewSql,
  renewalLogSql,
  renewSecretIdSql,
  type SecretIdRenewal,
} from './secret-id.sql';
import {
  SESSION_COLUMNS,
  sessionOf,
  type RevocationReason,
  type Session,
  type SessionRow,
} from './session';

/** Proof that a caller holds a token of a family: its id with the digest of its secret. */
export interface FamilyProof {
  readonly sessionId: string;
  readonly secretDigest: Buffer;
}

/** Who may end a session: its owner, or whoever proves to hold a credential of it. */
export type SessionEnder =
  | { readonly accountId: string; readonly sessionId: string }
  | FamilyProof
  | { readonly secretIdDigest: Buffer };

/** A live session as its owner sees it in a list. */
export interface SessionListItem {
  readonly id: string;
  readonly userAgent: string | null;
  readonly ip: string | null;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
}

/** What a session turned out to be when it was looked up. */
export interface FoundSession {
  readonly session: Session;
  readonly state: 'live' | 'expired' | 'revoked' | 'disabled';
}

const MAX_LISTED = 200;

@Injectable()
export class SessionsRepository {
  constructor(
    private readonly database: Database,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  async find(sessionId: string, proof?: FamilyProof): Promise<FoundSession | undefined> {
    const { tables } = this.database;
    const p = new Parameters();
    const [row] = await this.database.query<SessionRow & { state: FoundSession['state'] }>(
      `SELECT ${SESSION_COLUMNS}, ${STATE} AS state
       FROM ${tables.sessions} s JOIN ${tables.accounts} a ON a.id = s.account_id
       WHERE s.id = ${p.add(sessionId, 'uuid')}
         ${proof === undefined ? '' : `AND s.secret_digest = ${p.add(proof.secretDigest, 'bytea')}`}`,
      p.values,
    );
    return row && { session: sessionOf(row), state: row.state };
  }

  /** The live sessions of an account, the most recently used first. Last use is rounded to five minutes. */
  async listLive(accountId: string): Promise<SessionListItem[]> {
    const rows = await this.database.query<{
      id: string;
      user_agent: string | null;
      ip: string | null;
      created_at: Date;
      last_seen_at: Date;
    }>(
      `SELECT s.id, s.user_agent, s.ip, s.created_at,
         date_bin('5 minutes', s.last_seen_at, 'epoch') AS last_seen_at
       FROM ${this.database.tables.sessions} s WHERE s.account_id = $1::uuid AND ${LIVE}
       ORDER BY s.last_seen_at DESC, s.id DESC LIMIT ${MAX_LISTED}`,
      [accountId],
    );
    return rows.map((row) => ({
      id: row.id,
      userAgent: row.user_agent,
      ip: row.ip,
      createdAt: row.created_at,
      lastSeenAt: row.last_seen_at,
    }));
  }

  /** Ends one session that the caller may end; returns its id when this call ended it. */
  async revoke(revocation: {
    readonly by: SessionEnder;
    readonly reason: RevocationReason;
    /** The client that acts, where it is not the owner. */
    readonly client?: string;
    readonly origin?: AuditOrigin;
  }): Promise<string | undefined> {
    const { tables } = this.database;
    const p = new Parameters();
    const [row] = await this.database.query<{ id: string }>(
      `WITH ended AS (
        UPDATE ${tables.sessions} s
        SET revoked_at = clock_timestamp(), revoked_reason = ${p.add(revocation.reason, 'text')}
        WHERE s.revoked_at IS NULL AND ${this.#endedBy(p, revocation.by)}
        RETURNING s.id, s.account_id, s.tenant_id
      ), change AS (${insertChangeSql(tables, p, { kind: 'session_revoked' }, { from: 'ended', sessionId: 'ended.id' })}
      ), log AS (${insertAuditSql(
        tables,
        p,
        {
          action: revocation.reason === 'logout' ? 'session_logout' : 'session_revoked',
          outcome: 'success',
          origin: revocation.origin,
          target: revocation.client && `client:${revocation.client}`,
          details: { reason: revocation.reason },
        },
        {
          from: 'ended',
          actorId: revocation.client === undefined ? 'ended.account_id' : 'NULL::uuid',
          accountId: 'ended.account_id',
          sessionId: 'ended.id',
          tenantId: 'ended.tenant_id',
        },
      )}) SELECT id FROM ended`,
      p.values,
    );
    return row?.id;
  }

  #endedBy(p: Parameters, by: SessionEnder): string {
    if ('secretIdDigest' in by) {
      const grace = p.add(seconds(this.options.sessions.refreshGraceSeconds), 'interval');
      return holdsSecretIdSql(p.add(by.secretIdDigest, 'bytea'), grace);
    }
    const id = `s.id = ${p.add(by.sessionId, 'uuid')}`;
    return 'accountId' in by
      ? `${id} AND s.account_id = ${p.add(by.accountId, 'uuid')} AND ${LIVE}`
      : `${id} AND s.secret_digest = ${p.add(by.secretDigest, 'bytea')}`;
  }

  /**
   * Ends every session of an account but one, as the second statement of a transaction that raised the
   * account's epoch in its first: only a statement of its own sees a login that committed while the
   * first one waited for the account's lock.
   *
   * The session that stays takes over the new epoch, or a stale one would end it at its next refresh.
   */
  async revokeOthers(
    end: {
      readonly accountId: string;
      readonly epoch: number;
      readonly exceptSessionId?: string;
      readonly reason: RevocationReason;
      /** The id that the session that stays has from then on, where it has one. */
      readonly renewal?: SecretIdRenewal;
      readonly origin?: AuditOrigin;
    },
    tx: Tx,
  ): Promise<{ readonly ended: readonly string[]; readonly kept: boolean }> {
    const { tables } = this.database;
    const p = new Parameters();
    const except = p.add(end.exceptSessionId, 'uuid');
    const epoch = p.add(end.epoch, 'integer');
    const account = p.add(end.accountId, 'uuid');
    const { renewal, origin, reason } = end;
    const renew = renewal === undefined ? '' : `, ${renewSecretIdSql(p, renewal)}`;
    const held = renewal === undefined ? '' : `AND ${mayRenewSql(p, renewal)}`;
    const [row] = await this.database.query<{ ended: string[]; kept: boolean }>(
      `WITH locked AS (
        SELECT s.id FROM ${tables.sessions} s
        WHERE s.account_id = ${account} AND s.revoked_at IS NULL ORDER BY s.id FOR NO KEY UPDATE
      ), kept AS (
        UPDATE ${tables.sessions} s SET account_epoch = ${epoch}${renew}
        FROM locked WHERE s.id = locked.id AND s.id = ${except} AND ${LIVE} ${held}
        RETURNING s.id, s.account_id, s.tenant_id, s.counter
      ), ended AS (
        UPDATE ${tables.sessions} s SET revoked_at = clock_timestamp(), revoked_reason = ${p.add(reason, 'text')}
        FROM locked WHERE s.id = locked.id AND s.id IS DISTINCT FROM ${except} RETURNING s.id
      ), change AS (${insertChangeSql(
        tables,
        p,
        { kind: 'account_epoch' },
        { accountId: account, sessionId: except, epoch },
      )})${renewal === undefined ? '' : `, renewed AS (${renewalLogSql(tables, p, { renewed: 'kept', reason: 'password_change', origin })})`}
      SELECT ARRAY(SELECT id::text FROM ended ORDER BY id) AS ended,
        EXISTS (SELECT FROM kept) AS kept`,
      p.values,
      tx,
    );
    return row ?? { ended: [], kept: false };
  }

  /** Ends the other sessions of an account without touching its epoch: nothing about the account changed. */
  async revokeSiblings(end: {
    readonly accountId: string;
    readonly sessionId: string;
    readonly origin?: AuditOrigin;
  }): Promise<string[]> {
    const { tables } = this.database;
    const p = new Parameters();
    const account = p.add(end.accountId, 'uuid');
    const kept = p.add(end.sessionId, 'uuid');
    const rows = await this.database.query<{ id: string }>(
      `WITH locked AS (
        SELECT s.id FROM ${tables.sessions} s
        WHERE s.account_id = ${account} AND s.id <> ${kept} AND s.revoked_at IS NULL
        ORDER BY s.id FOR NO KEY UPDATE
      ), ended AS (
        UPDATE ${tables.sessions} s SET revoked_at = clock_timestamp(), revoked_reason = 'logout'
        FROM locked WHERE s.id = locked.id RETURNING s.id
      ), change AS (${insertChangeSql(tables, p, { kind: 'session_revoked' }, { from: 'ended', sessionId: 'ended.id' })}
      ), log AS (${insertAuditSql(
        tables,
        p,
        { action: 'session_revoked', outcome: 'success', origin: end.origin },
        {
          actorId: account,
          accountId: account,
          sessionId: kept,
          details: `jsonb_build_object('scope', 'others', 'sessions', (SELECT coalesce(jsonb_agg(id), '[]') FROM ended))`,
        },
      )}) SELECT id FROM ended`,
      p.values,
    );
    return rows.map(({ id }) => id);
  }
}
