import { Inject, Injectable } from '@nestjs/common';
import type { AuditOrigin } from '../audit/audit-event';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database } from '../database/database';
import { newId } from '../database/identifiers';
import { Parameters, seconds } from '../database/parameters';
import { ResolvedAuthOptions } from '../options/auth-options';
import {
  SESSION_COLUMNS,
  sessionOf,
  type Session,
  type SessionRow,
  type Transport,
} from '../sessions/session';
import type { GuessReservation } from '../throttling/guess-reservation';
import { clearGuessCtes, reserveGuessCtes } from '../throttling/guess.sql';
import { newSignInCtes } from './new-sign-in.sql';

/** What a login is verified against. */
export interface LoginAccount {
  readonly accountId: string;
  readonly passwordHash: string | null;
  readonly securityEpoch: number;
  /** Active, with a verified address. */
  readonly maySignIn: boolean;
}

/** A session to be opened for an account whose password was right. */
export interface NewSession {
  readonly accountId: string;
  /** The epoch that was read together with the hash. */
  readonly securityEpoch: number;
  readonly transport: Transport;
  readonly secretDigest: Buffer;
  readonly reservation: GuessReservation;
  readonly userAgentDigest: Buffer;
  readonly origin: AuditOrigin;
  /** The family whose cookie the request carried; it ends with this login. */
  readonly replaces?: { readonly sessionId: string; readonly secretDigest: Buffer };
}

interface ReadRow {
  readonly granted: boolean;
  readonly account_id: string | null;
  readonly password_hash: string | null;
  readonly security_epoch: number;
  readonly may_sign_in: boolean;
}

/** The two statements of a login. */
@Injectable()
export class LoginRepository {
  constructor(
    private readonly database: Database,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /** Charges a guess and reads what it is checked against. The charge is committed before anything is hashed. */
  async reserveAndRead(
    reservation: GuessReservation,
    emailKey: string,
  ): Promise<{ readonly granted: boolean; readonly account?: LoginAccount }> {
    const { tables } = this.database;
    const p = new Parameters();
    const reserve = reserveGuessCtes(tables, p, reservation, this.options.guessing);
    const [row] = await this.database.query<ReadRow>(
      `WITH ${reserve.ctes}
       SELECT ${reserve.granted} AS granted, a.id AS account_id, a.password_hash, a.security_epoch,
         a.status = 'active' AND a.email_verified_at IS NOT NULL AS may_sign_in
       FROM (SELECT) one LEFT JOIN ${tables.accounts} a ON a.email_key = ${p.add(emailKey, 'text')}`,
      p.values,
    );
    return { granted: row?.granted ?? false, account: row && accountOf(row) };
  }

  /**
   * Opens a session only if the account is still what the password was checked against: a change of
   * password or status that committed in between has raised the epoch, and wins.
   *
   * The row lock makes a later one wait, so that its own look at the sessions finds this one.
   */
  async open(login: NewSession): Promise<Session | undefined> {
    const { tables } = this.database;
    const p = new Parameters();
    const account = p.add(login.accountId, 'uuid');
    const idle = p.add(seconds(this.options.sessions.idleTimeoutSeconds), 'interval');
    const absolute = p.add(seconds(this.options.sessions.absoluteTimeoutSeconds), 'interval');
    const values = [
      p.add(newId(), 'uuid'),
      'a.id',
      p.add(login.transport, 'text'),
      p.add(login.secretDigest, 'bytea'),
      'a.security_epoch',
      `clock_timestamp() + ${idle}`,
      `clock_timestamp() + ${absolute}`,
      p.add(['pwd'], 'text[]'),
      'clock_timestamp()',
      p.add(login.origin.userAgent, 'text'),
      p.add(login.userAgentDigest, 'bytea'),
      p.add(login.origin.ip, 'text'),
    ];
    const log = insertAuditSql(
      tables,
      p,
      {
        action: 'authn_login_success',
        outcome: 'success',
        origin: login.origin,
        details: { transport: login.transport, factors: ['pwd'] },
      },
      {
        from: '(SELECT) one LEFT JOIN s ON true',
        action: `CASE WHEN s.id IS NULL THEN 'authn_login_fail' ELSE 'authn_login_success' END`,
        outcome: `CASE WHEN s.id IS NULL THEN 'failure' ELSE 'success' END`,
        actorId: account,
        accountId: account,
        sessionId: 's.id',
      },
    );
    const [row] = await this.database.query<SessionRow>(
      `WITH a AS (
        SELECT * FROM ${tables.accounts}
        WHERE id = ${account} AND security_epoch = ${p.add(login.securityEpoch, 'integer')}
          AND status = 'active' AND email_verified_at IS NOT NULL
        FOR SHARE
      ), s AS (
        INSERT INTO ${tables.sessions} (id, account_id, transport, secret_digest, account_epoch,
          idle_expires_at, absolute_expires_at, amr, auth_time, user_agent, user_agent_digest, ip)
        SELECT ${values.join(', ')} FROM a RETURNING *
      ), log AS (${log}), ${clearGuessCtes(tables, p, login.reservation, 's')}
      ${this.#replaceCtes(p, login)} ${newSignInCtes(tables, p, login, this.options.delivery)}
      SELECT ${SESSION_COLUMNS} FROM s JOIN a ON a.id = s.account_id`,
      p.values,
    );
    return row && sessionOf(row);
  }

  /** A browser has one session: the one it gave up to sign in again must not live on unseen. */
  #replaceCtes(p: Parameters, { replaces, origin }: NewSession): string {
    if (replaces === undefined) return '';
    const { tables } = this.database;
    const change = insertChangeSql(
      tables,
      p,
      { kind: 'session_revoked' },
      { from: 'replaced', sessionId: 'replaced.id' },
    );
    const log = insertAuditSql(
      tables,
      p,
      { action: 'session_revoked', outcome: 'success', origin, details: { reason: 'replaced' } },
      {
        from: 'replaced',
        actorId: 'replaced.account_id',
        accountId: 'replaced.account_id',
        sessionId: 'replaced.id',
      },
    );
    return `, replaced AS (
        UPDATE ${tables.sessions} t SET revoked_at = clock_timestamp(), revoked_reason = 'replaced'
        FROM s WHERE t.id = ${p.add(replaces.sessionId, 'uuid')} AND t.revoked_at IS NULL
          AND t.secret_digest = ${p.add(replaces.secretDigest, 'bytea')}
        RETURNING t.id, t.account_id
      ), replaced_change AS (${change}), replaced_log AS (${log})`;
  }
}

function accountOf(row: ReadRow): LoginAccount | undefined {
  if (row.account_id === null) return undefined;
  return {
    accountId: row.account_id,
    passwordHash: row.password_hash,
    securityEpoch: row.security_epoch,
    maySignIn: row.may_sign_in,
  };
}
