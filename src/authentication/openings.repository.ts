import { Inject, Injectable } from '@nestjs/common';
import type { AuditOrigin } from '../audit/audit-event';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database, type Tx } from '../database/database';
import { newId } from '../database/identifiers';
import { Parameters, seconds } from '../database/parameters';
import { ResolvedAuthOptions } from '../options/auth-options';
import { holdsSecretIdSql } from '../sessions/secret-id.sql';
import {
  SESSION_COLUMNS,
  sessionOf,
  type RevocationReason,
  type Session,
  type SessionRow,
  type Transport,
} from '../sessions/session';
import type { GuessReservation } from '../throttling/guess-reservation';
import { clearGuessCtes } from '../throttling/guess.sql';
import { newSignInCtes } from './new-sign-in.sql';
import { displacedCtes, hasRoomSql, liveCte } from './session-limit.sql';

/** A session to be opened for an account whose password was right. */
export interface NewSession {
  readonly accountId: string;
  /** The epoch that was read together with the hash. */
  readonly securityEpoch: number;
  readonly transport: Transport;
  readonly secretDigest: Buffer;
  /** With transport `session`: what its secret id was made from, and the authority it was made under. */
  readonly secretNonce?: Buffer;
  readonly authorityVersion?: number;
  readonly reservation: GuessReservation;
  readonly userAgentDigest: Buffer;
  readonly origin: AuditOrigin;
  /** The sessions whose cookies the request carried; they end with this login. */
  readonly replaces: ReplacedSessions;
}

/** Sessions that a browser gives up by signing in again, each with the proof that it held them. */
export interface ReplacedSessions {
  readonly family?: { readonly sessionId: string; readonly secretDigest: Buffer };
  readonly secretIdDigest?: Buffer;
}

/** What became of a login. */
export type Opening =
  | { readonly kind: 'opened'; readonly session: Session; readonly ended: readonly string[] }
  /** The account is no longer what the password was checked against. */
  | { readonly kind: 'outdated' }
  /** The account has as many sessions as it may have. */
  | { readonly kind: 'full' };

type Row = (SessionRow | (Omit<SessionRow, 'id'> & { id: null })) & { ended: string[] };

/** Opens sessions. */
@Injectable()
export class OpeningsRepository {
  constructor(
    private readonly database: Database,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /**
   * Opens a session only if the account is still what the password was checked against: a change of
   * password or status that committed in between has raised the epoch, and wins.
   *
   * The row lock makes a later one wait, so that its own look at the sessions finds this one. Where
   * sessions are counted the lock is taken by a statement before, and excludes other logins: a count
   * must see every login that it waited for (SS-8).
   */
  async open(login: NewSession): Promise<Opening> {
    if (this.options.sessions.maxPerAccount === 0) return this.#open(login);
    return this.database.transaction(async (tx) => {
      await this.#lock(login.accountId, tx);
      return this.#open(login, tx);
    });
  }

  async #lock(accountId: string, tx: Tx): Promise<void> {
    await this.database.query(
      `SELECT id FROM ${this.database.tables.accounts} WHERE id = $1::uuid FOR NO KEY UPDATE`,
      [accountId],
      tx,
    );
  }

  async #open(login: NewSession, tx?: Tx): Promise<Opening> {
    const { tables } = this.database;
    const { maxPerAccount: limit, atLimit } = this.options.sessions;
    const p = new Parameters();
    const account = p.add(login.accountId, 'uuid');
    const replaced = this.#replaced(p, login.replaces);
    const isReplaced = replaced.map(({ holds }) => `(${holds})`).join(' OR ') || 'false';
    const refusing = limit > 0 && atLimit === 'refuse';
    const ending = limit > 0 && atLimit === 'end_oldest';
    const [row] = await this.database.query<Row>(
      `WITH a AS (
        SELECT * FROM ${tables.accounts}
        WHERE id = ${account} AND security_epoch = ${p.add(login.securityEpoch, 'integer')}
          AND status = 'active' AND email_verified_at IS NOT NULL
        FOR SHARE
      ), ${limit === 0 ? '' : `${liveCte(tables, isReplaced)},`} s AS (
        INSERT INTO ${tables.sessions} (id, account_id, transport, secret_digest, secret_nonce,
          authority_version, account_epoch, idle_expires_at, absolute_expires_at, amr, auth_time,
          user_agent, user_agent_digest, ip)
        SELECT ${this.#values(p, login).join(', ')} FROM a
        ${refusing ? `WHERE ${hasRoomSql(p, limit)}` : ''} RETURNING *
      ), log AS (${this.#log(p, login, account)}), ${clearGuessCtes(tables, p, login.reservation, 'a')}
      ${replaced.map((one) => this.#endCtes(p, one, login.origin)).join('')}
      ${newSignInCtes(tables, p, login, this.options.delivery)}
      ${ending ? `, ${displacedCtes(tables, p, { limit, origin: login.origin })}` : ''}
      SELECT ${SESSION_COLUMNS}, ARRAY(${[
        'SELECT NULL::text WHERE false',
        ...replaced.map(({ name }) => `SELECT id::text FROM ${name}`),
        ...(ending ? ['SELECT id::text FROM displaced'] : []),
      ].join(' UNION ALL ')}) AS ended
      FROM a LEFT JOIN s ON a.id = s.account_id`,
      p.values,
      tx,
    );
    if (row === undefined) return { kind: 'outdated' };
    if (row.id === null) return { kind: 'full' };
    return { kind: 'opened', session: sessionOf(row), ended: row.ended };
  }

  #values(p: Parameters, login: NewSession): string[] {
    const { idleTimeoutSeconds, absoluteTimeoutSeconds } = this.options.sessions;
    return [
      p.add(newId(), 'uuid'),
      'a.id',
      p.add(login.transport, 'text'),
      p.add(login.secretDigest, 'bytea'),
      p.add(login.secretNonce, 'bytea'),
      p.add(login.authorityVersion, 'bigint'),
      'a.security_epoch',
      `clock_timestamp() + ${p.add(seconds(idleTimeoutSeconds), 'interval')}`,
      `clock_timestamp() + ${p.add(seconds(absoluteTimeoutSeconds), 'interval')}`,
      p.add(['pwd'], 'text[]'),
      'clock_timestamp()',
      p.add(login.origin.userAgent, 'text'),
      p.add(login.userAgentDigest, 'bytea'),
      p.add(login.origin.ip, 'text'),
    ];
  }

  #log(p: Parameters, login: NewSession, account: string): string {
    const details = { transport: login.transport, factors: ['pwd'] };
    return insertAuditSql(
      this.database.tables,
      p,
      { action: 'authn_login_success', outcome: 'success', origin: login.origin },
      {
        from: '(SELECT) one LEFT JOIN s ON true',
        action: `CASE WHEN s.id IS NULL THEN 'authn_login_fail' ELSE 'authn_login_success' END`,
        outcome: `CASE WHEN s.id IS NULL THEN 'failure' ELSE 'success' END`,
        actorId: account,
        accountId: account,
        sessionId: 's.id',
        details: `${p.add(JSON.stringify(details), 'jsonb')}
          || CASE WHEN s.id IS NULL AND EXISTS (SELECT FROM a) THEN '{"reason": "session_limit"}'::jsonb
            ELSE '{}' END`,
      },
    );
  }

  #replaced(p: Parameters, { family, secretIdDigest }: ReplacedSessions): ReplacedSql[] {
    const found: ReplacedSql[] = [];
    if (family !== undefined) {
      const id = p.add(family.sessionId, 'uuid');
      const digest = p.add(family.secretDigest, 'bytea');
      found.push({
        name: 'replaced_family',
        holds: `old.id = ${id} AND old.secret_digest = ${digest}`,
      });
    }
    if (secretIdDigest !== undefined) {
      const grace = p.add(seconds(this.options.sessions.refreshGraceSeconds), 'interval');
      const holds = holdsSecretIdSql(p.add(secretIdDigest, 'bytea'), grace, 'old');
      found.push({ name: 'replaced_session', holds });
    }
    return found;
  }

  /** A browser has one session: the one it gave up to sign in again must not live on unseen. */
  #endCtes(p: Parameters, { name, holds }: ReplacedSql, origin: AuditOrigin): string {
    const { tables } = this.database;
    const reason: RevocationReason = 'replaced';
    const change = insertChangeSql(
      tables,
      p,
      { kind: 'session_revoked' },
      { from: name, sessionId: `${name}.id` },
    );
    const log = insertAuditSql(
      tables,
      p,
      { action: 'session_revoked', outcome: 'success', origin, details: { reason } },
      {
        from: name,
        actorId: `${name}.account_id`,
        accountId: `${name}.account_id`,
        sessionId: `${name}.id`,
      },
    );
    return `, ${name} AS (
        UPDATE ${tables.sessions} old
        SET revoked_at = clock_timestamp(), revoked_reason = ${p.add(reason, 'text')}
        FROM s WHERE ${holds} AND old.revoked_at IS NULL RETURNING old.id, old.account_id
      ), ${name}_change AS (${change}), ${name}_log AS (${log})`;
  }
}

/** A session `old` that a login ends: the name of the CTE that does, and which one it is. */
interface ReplacedSql {
  readonly name: string;
  readonly holds: string;
}
