import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { firstIdOf } from '../database/identifiers';
import type { Keyset } from '../database/page';
import { Parameters, type SqlType } from '../database/parameters';
import type { AuditEvent, AuditQuery, RecordedAuditEvent } from './audit-event';
import { insertAuditSql } from './audit.sql';

/** Ids come from the clocks of the instances; one that is a day wrong has tokens that nobody accepts. */
const CLOCK_SLACK_MS = 86_400_000;

/** Which events; undefined stands for any. */
export interface AuditFilter extends Omit<AuditQuery, 'limit' | 'cursor'> {
  readonly tenantId?: string;
}

@Injectable()
export class AuditRepository {
  constructor(private readonly database: Database) {}

  async append(event: AuditEvent, tx?: Tx): Promise<void> {
    const parameters = new Parameters();
    const sql = insertAuditSql(this.database.tables, parameters, event);
    await this.database.query(sql, parameters.values, tx);
  }

  /**
   * The newest first. An id tells when its event was made, so times also bound the ids: the planner
   * does not know that the two belong together, and would read every event since.
   */
  async list(filter: AuditFilter, { before, rows }: Keyset): Promise<RecordedAuditEvent[]> {
    const p = new Parameters();
    const conditions = conditionsOf(p, [
      ['tenant_id =', filter.tenantId, 'uuid'],
      ['actor_id =', filter.actor, 'uuid'],
      ['account_id =', filter.account, 'uuid'],
      ['target =', filter.target, 'text'],
      ['action =', filter.action, 'text'],
      ['occurred_at >=', filter.from?.toISOString(), 'timestamptz'],
      ['occurred_at <', filter.to?.toISOString(), 'timestamptz'],
      ['id >=', filter.from && firstIdOf(filter.from.getTime() - CLOCK_SLACK_MS), 'uuid'],
      ['id <', filter.to && firstIdOf(filter.to.getTime() + CLOCK_SLACK_MS), 'uuid'],
      ['id <', before, 'uuid'],
    ]);
    return this.database.query<RecordedAuditEvent>(
      `SELECT id, occurred_at AS "occurredAt", action, outcome, actor_id AS "actorId",
          account_id AS "accountId", session_id AS "sessionId", tenant_id AS "tenantId", target, ip,
          user_agent AS "userAgent", request_id AS "requestId", details
        FROM ${this.database.tables.audit} WHERE ${conditions}
        ORDER BY id DESC LIMIT ${p.add(rows, 'integer')}`,
      p.values,
    );
  }
}

type Condition = readonly [comparison: string, value: string | undefined, type: SqlType];

function conditionsOf(p: Parameters, given: readonly Condition[]): string {
  const asked = given.filter(([, value]) => value !== undefined);
  const sql = asked.map(([comparison, value, type]) => `${comparison} ${p.add(value, type)}`);
  return sql.join(' AND ') || 'true';
}
