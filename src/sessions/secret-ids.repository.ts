import { Inject, Injectable } from '@nestjs/common';
import type { AuditOrigin } from '../audit/audit-event';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database } from '../database/database';
import { Parameters, seconds } from '../database/parameters';
import { ResolvedAuthOptions } from '../options/auth-options';
import type { PreviousAssurance } from './identified-session';
import {
  holdsSecretIdSql,
  renewalLogSql,
  renewSecretIdSql,
  type SecretIdRenewal,
} from './secret-id.sql';
import { SESSION_COLUMNS, sessionOf, type Session, type SessionRow } from './session';
import { LIVE, STATE } from './live-session.sql';
import type { FoundSession } from './sessions.repository';

/** A session that a secret id belongs to, in whatever state. */
export interface FoundBySecretId extends FoundSession {
  readonly nonce: Buffer;
  readonly digest: Buffer;
  /** What the id is worth where it is the one before; undefined for the current one. */
  readonly previous?: PreviousAssurance & { readonly graceMilliseconds: number };
  readonly authorityVersion: number;
  readonly idleMilliseconds: number;
  readonly absoluteMilliseconds: number;
}

interface Row extends SessionRow {
  state: FoundSession['state'];
  nonce: Buffer;
  digest: Buffer;
  previous: PreviousAssurance | null;
  authority_version: number;
  grace: number;
  idle: number;
  absolute: number;
}

/** A new secret id for a session that may do something else than when it got the one presented. */
export interface AuthorityRenewal extends SecretIdRenewal {
  readonly sessionId: string;
  readonly authorityVersion: number;
  readonly origin?: AuditOrigin;
}

/** When a session was last used, in milliseconds before now. */
export interface SessionUse {
  readonly sessionId: string;
  readonly agoMilliseconds: number;
}

/** The sessions of the `session` transport, as their secret ids find them. */
@Injectable()
export class SecretIdsRepository {
  constructor(
    private readonly database: Database,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  async find(digest: Buffer): Promise<FoundBySecretId | undefined> {
    const { tables } = this.database;
    const p = new Parameters();
    const given = p.add(digest, 'bytea');
    const grace = p.add(seconds(this.options.sessions.refreshGraceSeconds), 'interval');
    const [row] = await this.database.query<Row>(
      `SELECT ${SESSION_COLUMNS}, ${STATE} AS state, s.secret_nonce AS nonce, s.secret_digest AS digest,
         CASE WHEN s.secret_digest <> ${given} THEN s.previous_assurance END AS previous,
         s.authority_version::float8 AS authority_version,
         ${millisecondsUntil(`s.rotated_at + ${grace}`)} AS grace,
         ${millisecondsUntil('s.idle_expires_at')} AS idle,
         ${millisecondsUntil('s.absolute_expires_at')} AS absolute
       FROM ${tables.sessions} s JOIN ${tables.accounts} a ON a.id = s.account_id
       WHERE ${holdsSecretIdSql(given, grace)}`,
      p.values,
    );
    return row && foundOf(row);
  }

  /**
   * Gives a session a new secret id because what its account may do has changed. Compare-and-swap: of
   * requests that notice it at the same time one wins, and the others get undefined.
   */
  async renewForAuthority(renewal: AuthorityRenewal): Promise<Session | undefined> {
    const { tables } = this.database;
    const p = new Parameters();
    const version = p.add(renewal.authorityVersion, 'bigint');
    const { origin } = renewal;
    const told = insertChangeSql(
      tables,
      p,
      { kind: 'session_version' },
      { from: 'won', sessionId: 'won.id', epoch: 'won.session_version' },
    );
    const logged = renewalLogSql(tables, p, { renewed: 'won', reason: 'authority', origin });
    const [row] = await this.database.query<SessionRow>(
      `WITH won AS (
        UPDATE ${tables.sessions} s
        SET authority_version = ${version}, ${renewSecretIdSql(p, renewal)}
        FROM ${tables.accounts} a
        WHERE s.id = ${p.add(renewal.sessionId, 'uuid')} AND ${LIVE}
          AND s.secret_digest = ${p.add(renewal.presented, 'bytea')} AND s.authority_version < ${version}
          AND a.id = s.account_id AND a.status = 'active' AND a.security_epoch = s.account_epoch
        RETURNING ${SESSION_COLUMNS}
      ), told AS (${told}), logged AS (${logged}) SELECT * FROM won`,
      p.values,
    );
    return row && sessionOf(row);
  }

  /**
   * Writes down when sessions were last used. It never shortens a session, and revives none that has
   * ended. Rows are locked in the order of their ids, as everywhere.
   */
  async touch(uses: readonly SessionUse[]): Promise<void> {
    const p = new Parameters();
    const idle = p.add(seconds(this.options.sessions.idleTimeoutSeconds), 'interval');
    const ids = p.add(
      uses.map(({ sessionId }) => sessionId),
      'uuid[]',
    );
    const ago = p.add(
      uses.map(({ agoMilliseconds }) => Math.max(0, agoMilliseconds)),
      'float8[]',
    );
    await this.database.query(
      `WITH used AS (
        SELECT s.id, clock_timestamp() - u.ago * interval '1 millisecond' AS at
        FROM ${this.database.tables.sessions} s JOIN unnest(${ids}, ${ago}) AS u (id, ago) ON u.id = s.id
        WHERE ${LIVE} ORDER BY s.id FOR NO KEY UPDATE OF s
      ) UPDATE ${this.database.tables.sessions} s SET
          last_seen_at = GREATEST(s.last_seen_at, used.at),
          idle_expires_at = GREATEST(s.idle_expires_at, used.at + ${idle})
        FROM used WHERE s.id = used.id AND ${LIVE}`,
      p.values,
    );
  }
}

function foundOf(row: Row): FoundBySecretId {
  return {
    session: sessionOf(row),
    state: row.state,
    nonce: row.nonce,
    digest: row.digest,
    previous: row.previous === null ? undefined : { ...row.previous, graceMilliseconds: row.grace },
    authorityVersion: row.authority_version,
    idleMilliseconds: row.idle,
    absoluteMilliseconds: row.absolute,
  };
}

function millisecondsUntil(time: string): string {
  return `(extract(epoch FROM ${time} - clock_timestamp()) * 1000)::float8`;
}
