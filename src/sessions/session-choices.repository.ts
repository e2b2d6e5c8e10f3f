import { Injectable } from '@nestjs/common';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database } from '../database/database';
import { Parameters } from '../database/parameters';
import { mayRenewSql, renewalLogSql, renewSecretIdSql } from './secret-id.sql';
import type { NewSessionChoice } from './session-choice';
import { SESSION_COLUMNS, sessionOf, type Session, type SessionRow } from './session';
import { LIVE } from './live-session.sql';

/** What a session chose, and which version of it that is. */
export interface SessionChoice {
  readonly version: number;
  /** Null: every role that is held. */
  readonly activeRoleIds: readonly string[] | null;
}

/** Which roles a session has active, and in which tenant it acts. */
@Injectable()
export class SessionChoicesRepository {
  constructor(private readonly database: Database) {}

  /** Undefined when there is no such session, or it ended. */
  async find(sessionId: string): Promise<SessionChoice | undefined> {
    const rows = await this.database.query<SessionChoice>(
      `SELECT session_version AS version, active_role_ids AS "activeRoleIds"
        FROM ${this.database.tables.sessions} WHERE id = $1::uuid AND revoked_at IS NULL`,
      [sessionId],
    );
    return rows[0];
  }

  /**
   * Makes a choice: one statement that raises the version, tells everybody and is on record. Undefined
   * when the session is no longer live, or the id that asks no longer good enough for a new one.
   */
  async choose(choice: NewSessionChoice): Promise<Session | undefined> {
    const { tables } = this.database;
    const { accountId, sessionId, origin, tenantId } = choice;
    const parameters = new Parameters();
    const roles = parameters.add(choice.activeRoleIds, 'uuid[]');
    const tenant = tenantId === undefined ? 's.tenant_id' : parameters.add(tenantId, 'uuid');
    const event = {
      action: tenantId === undefined ? 'session_roles_changed' : 'session_tenant_changed',
      outcome: 'success',
      actorId: accountId,
      accountId,
      sessionId,
      origin,
    } as const;
    const told = insertChangeSql(
      tables,
      parameters,
      { kind: 'session_version', sessionId },
      { from: 'won', epoch: 'won.session_version' },
    );
    const logged = insertAuditSql(tables, parameters, event, {
      from: 'won',
      tenantId: 'won.tenant_id',
      details: `jsonb_build_object('roleIds', to_jsonb(won.active_role_ids))`,
    });
    const { renewal } = choice;
    const [renew, held, renewed] =
      renewal === undefined
        ? ['', '', '']
        : [
            `, ${renewSecretIdSql(parameters, renewal)}`,
            `AND ${mayRenewSql(parameters, renewal)}`,
            `, renewed AS (${renewalLogSql(tables, parameters, { renewed: 'won', reason: 'choice', origin })})`,
          ];
    const [row] = await this.database.query<SessionRow>(
      `WITH won AS (
          UPDATE ${tables.sessions} s SET active_role_ids = ${roles}, tenant_id = ${tenant},
            session_version = s.session_version + 1${renew}
          FROM ${tables.accounts} a
          WHERE s.id = ${parameters.add(sessionId, 'uuid')} AND ${LIVE}
            AND a.id = s.account_id AND a.id = ${parameters.add(accountId, 'uuid')}
            AND a.status = 'active' AND a.security_epoch = s.account_epoch ${held}
          RETURNING ${SESSION_COLUMNS}
        ), told AS (${told}), logged AS (${logged})${renewed} SELECT * FROM won`,
      parameters.values,
    );
    return row && sessionOf(row);
  }
}
