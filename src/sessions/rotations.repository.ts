import { Inject, Injectable } from '@nestjs/common';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database } from '../database/database';
import { Parameters, seconds } from '../database/parameters';
import { noticeCtes } from '../delivery/notice.sql';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { Rotation, Verdict } from './rotation';
import { SESSION_COLUMNS, sessionOf, type Session, type SessionRow } from './session';

/** How long a retry of one attempt still counts as the same attempt. */
const ATTEMPT_SECONDS = 600;

/** What the second statement found, and did. */
export interface Classified {
  readonly verdict: Verdict;
  readonly session?: Session;
  /** Grace was used from another network than in the generation before. */
  readonly alarm: boolean;
}

/** A session in its next generation, and what was read beside it. */
export interface Advanced {
  readonly session: Session;
  readonly alongside: unknown;
}

/** The two statements of a refresh. */
@Injectable()
export class RotationsRepository {
  constructor(
    private readonly database: Database,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /**
   * Advances the family by one generation, or returns undefined when this token may not: it was
   * rotated already, its session or account is not live, or its attempt was answered just now.
   *
   * Compare-and-swap in one statement. Of any number of concurrent callers one wins; the others wait
   * for its row lock and find the counter moved. The audit reads the winner's row, so it fires once.
   */
  async advance(rotation: Rotation): Promise<Advanced | undefined> {
    const { tables } = this.database;
    const { idleTimeoutSeconds, rotateMinIntervalSeconds } = this.options.sessions;
    const p = new Parameters();
    const attempt = p.add(rotation.attempt, 'uuid');
    const slide = p.add(rotation.foreground, 'boolean');
    const idle = p.add(seconds(idleTimeoutSeconds), 'interval');
    const sql = `WITH won AS (
      UPDATE ${tables.sessions} s SET
        counter = s.counter + 1, rotated_at = clock_timestamp(), last_attempt = ${attempt},
        user_agent_digest = ${p.add(rotation.userAgentDigest, 'bytea')},
        ip = ${p.add(rotation.origin.ip, 'text')},
        last_seen_at = CASE WHEN ${slide} THEN clock_timestamp() ELSE s.last_seen_at END,
        idle_expires_at = CASE WHEN ${slide} THEN clock_timestamp() + ${idle} ELSE s.idle_expires_at END
      FROM ${tables.accounts} a
      WHERE s.id = ${p.add(rotation.sessionId, 'uuid')}
        AND s.secret_digest = ${p.add(rotation.secretDigest, 'bytea')}
        AND s.counter = ${p.add(rotation.counter, 'integer')}
        AND s.transport = ${p.add(rotation.transport, 'text')}
        AND s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.absolute_expires_at > now()
        AND a.id = s.account_id AND a.status = 'active' AND a.security_epoch = s.account_epoch
        AND (${attempt} IS NULL OR s.rotated_at IS NULL
          OR s.rotated_at < now() - ${p.add(seconds(rotateMinIntervalSeconds), 'interval')})
      RETURNING ${SESSION_COLUMNS}, a.status AS account_status,
        a.authority_version AS account_authority_version
    ), log AS (${insertAuditSql(
      tables,
      p,
      { action: 'session_renewed', outcome: 'success', origin: rotation.origin },
      {
        from: 'won',
        actorId: 'won.account_id',
        accountId: 'won.account_id',
        sessionId: 'won.id',
        tenantId: 'won.tenant_id',
        details: `jsonb_build_object('generation', won.counter)`,
      },
    )}) SELECT won.*, ${this.#alongside(rotation)} AS alongside FROM won`;
    const [row] = await this.database.query<SessionRow & { alongside: unknown }>(sql, p.values);
    return row && { session: sessionOf(row), alongside: row.alongside };
  }

  #alongside({ alongside }: Rotation): string {
    if (alongside === undefined) return 'NULL';
    return alongside({
      id: 'won.account_id',
      status: 'won.account_status',
      authorityVersion: 'won.account_authority_version',
      tenantId: 'won.tenant_id',
    });
  }

  /**
   * Says why {@link advance} did not win, and acts on it in the same statement: reuse kills the family,
   * tells every instance, is audited, and leaves a mail to the owner.
   *
   * "The authorization server cannot determine which party submitted the invalid refresh token, but it
   * will revoke the active refresh token" (RFC 9700 §4.14.2). A separate statement, so that its snapshot
   * is newer than the lock wait of the first.
   */
  async classify(rotation: Rotation): Promise<Classified> {
    const { tables } = this.database;
    const p = new Parameters();
    const network = p.add(rotation.network, 'text');
    const sql = `WITH s AS (
      SELECT ${SESSION_COLUMNS}, ${this.#verdict(p, rotation)} AS verdict,
        EXISTS (SELECT 1 FROM ${tables.audit} e
          WHERE e.session_id = s.id AND e.action = 'authn_token_grace'
            AND (e.details ->> 'generation')::integer = s.counter - 1
            AND e.details ->> 'network' <> ${network}) AS alarm
      FROM ${tables.sessions} s JOIN ${tables.accounts} a ON a.id = s.account_id
      WHERE s.id = ${p.add(rotation.sessionId, 'uuid')}
        AND s.secret_digest = ${p.add(rotation.secretDigest, 'bytea')}
        AND s.transport = ${p.add(rotation.transport, 'text')}
      FOR NO KEY UPDATE OF s
    ), killed AS (
      UPDATE ${tables.sessions} t SET revoked_at = clock_timestamp(), revoked_reason = 'reuse'
      FROM s WHERE t.id = s.id AND s.verdict = 'reuse' RETURNING t.id
    ), change AS (${insertChangeSql(tables, p, { kind: 'session_revoked' }, { from: 'killed', sessionId: 'killed.id' })}
    ), log AS (${insertAuditSql(
      tables,
      p,
      { action: 'session_use_after_expire', outcome: 'failure', origin: rotation.origin },
      {
        from: 's',
        where: `s.verdict <> 'retry'`,
        action: `CASE s.verdict WHEN 'reuse' THEN 'authn_token_reuse'
          WHEN 'grace' THEN 'authn_token_grace' WHEN 'current' THEN 'authn_token_created'
          WHEN 'expired' THEN 'session_expired' ELSE 'session_use_after_expire' END`,
        outcome: `CASE WHEN s.verdict IN ('grace', 'current') THEN 'success' ELSE 'failure' END`,
        actorId: 's.account_id',
        accountId: 's.account_id',
        sessionId: 's.id',
        tenantId: 's.tenant_id',
        details: `jsonb_build_object('verdict', s.verdict, 'generation', s.counter,
          'presented', ${p.add(rotation.counter, 'integer')}, 'network', ${network},
          'alarm', s.alarm AND s.verdict = 'grace')`,
      },
    )}) ${this.#reuseNotice(p, rotation)} SELECT * FROM s`;
    const [row] = await this.database.query<SessionRow & { verdict: Verdict; alarm: boolean }>(
      sql,
      p.values,
    );
    if (row === undefined) return { verdict: 'unknown', alarm: false };
    return { verdict: row.verdict, session: sessionOf(row), alarm: row.alarm };
  }

  /** A family dies once, so each is told of once. */
  #reuseNotice(p: Parameters, { origin }: Rotation): string {
    if (this.options.delivery === undefined) return '';
    const from = 'killed JOIN s ON s.id = killed.id';
    return `, ${noticeCtes(this.database.tables, p, { kind: 'refresh_reused', origin }, from)}`;
  }

  #verdict(p: Parameters, { counter, attempt, userAgentDigest }: Rotation): string {
    const presented = p.add(counter, 'integer');
    const attemptId = p.add(attempt, 'uuid');
    const minInterval = p.add(seconds(this.options.sessions.rotateMinIntervalSeconds), 'interval');
    const grace = p.add(seconds(this.options.sessions.refreshGraceSeconds), 'interval');
    const sameAttempt = `s.last_attempt = ${attemptId}
      AND s.rotated_at > clock_timestamp() - interval '${ATTEMPT_SECONDS} seconds'`;
    const sameUserAgent = `s.user_agent_digest = ${p.add(userAgentDigest, 'bytea')}
      AND s.rotated_at > clock_timestamp() - ${grace}`;
    return `CASE
      WHEN a.status <> 'active' THEN 'disabled'
      WHEN s.revoked_at IS NOT NULL OR a.security_epoch <> s.account_epoch THEN 'revoked'
      WHEN s.idle_expires_at <= clock_timestamp() OR s.absolute_expires_at <= clock_timestamp() THEN 'expired'
      WHEN ${presented} > s.counter THEN 'ahead'
      WHEN ${presented} = s.counter AND ${attemptId} IS NOT NULL
        AND s.rotated_at > clock_timestamp() - ${minInterval} THEN 'current'
      WHEN ${presented} = s.counter THEN 'retry'
      WHEN ${presented} = s.counter - 1 AND ((${sameAttempt}) OR (${sameUserAgent})) THEN 'grace'
      ELSE 'reuse' END`;
  }
}
