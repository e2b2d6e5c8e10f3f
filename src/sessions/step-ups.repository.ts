import { Injectable } from '@nestjs/common';
import type { AuditOrigin } from '../audit/audit-event';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database } from '../database/database';
import { Parameters } from '../database/parameters';
import { LIVE } from './live-session.sql';
import {
  mayRenewSql,
  renewalLogSql,
  renewSecretIdSql,
  type SecretIdRenewal,
} from './secret-id.sql';
import { SESSION_COLUMNS, sessionOf, type Session, type SessionRow } from './session';

/** A proof that a person gave once more within their session. */
export interface StepUp {
  readonly accountId: string;
  readonly sessionId: string;
  /** The epoch that was read together with what the proof was checked against. */
  readonly securityEpoch: number;
  /** How the person proved who they are (RFC 8176). */
  readonly method: string;
  /** With transport `session`: the id that the session has from then on. */
  readonly renewal?: SecretIdRenewal;
  readonly origin?: AuditOrigin;
}

@Injectable()
export class StepUpsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Notes when and how the person proved who they are. Undefined when the session is no longer live, its
   * id superseded, or the account no longer what the proof was checked against.
   */
  async confirm(stepUp: StepUp): Promise<Session | undefined> {
    const { tables } = this.database;
    const { accountId, sessionId, origin, renewal } = stepUp;
    const p = new Parameters();
    const method = p.add(stepUp.method, 'text');
    const renew = renewal === undefined ? '' : `, ${renewSecretIdSql(p, renewal)}`;
    const held = renewal === undefined ? '' : `AND ${mayRenewSql(p, renewal)}`;
    const account = p.add(accountId, 'uuid');
    const logged = insertAuditSql(
      tables,
      p,
      {
        action: 'authn_step_up',
        outcome: 'success',
        actorId: accountId,
        accountId,
        sessionId,
        origin,
        details: { factors: [stepUp.method] },
      },
      { from: 'won', tenantId: 'won.tenant_id' },
    );
    const [row] = await this.database.query<SessionRow>(
      `WITH won AS (
        UPDATE ${tables.sessions} s SET auth_time = clock_timestamp(),
          amr = CASE WHEN ${method} = ANY (s.amr) THEN s.amr ELSE s.amr || ${method} END${renew}
        FROM ${tables.accounts} a
        WHERE s.id = ${p.add(sessionId, 'uuid')} AND ${LIVE}
          AND a.id = s.account_id AND a.id = ${account} AND a.status = 'active'
          AND a.security_epoch = s.account_epoch
          AND a.security_epoch = ${p.add(stepUp.securityEpoch, 'integer')}
          AND s.transport ${renewal === undefined ? '<>' : '='} 'session' ${held}
        RETURNING ${SESSION_COLUMNS}
      ), logged AS (${logged})${renewal === undefined ? '' : this.#renewedCtes(p, origin)}
      SELECT * FROM won`,
      p.values,
    );
    return row && sessionOf(row);
  }

  #renewedCtes(p: Parameters, origin: AuditOrigin | undefined): string {
    const { tables } = this.database;
    const told = insertChangeSql(
      tables,
      p,
      { kind: 'session_version' },
      { from: 'won', sessionId: 'won.id', epoch: 'won.session_version' },
    );
    const renewed = renewalLogSql(tables, p, { renewed: 'won', reason: 'step_up', origin });
    return `, told AS (${told}), renewed AS (${renewed})`;
  }
}
