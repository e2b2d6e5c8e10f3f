import { Injectable } from '@nestjs/common';
import type { AuditEvent } from '../audit/audit-event';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database, type Tx } from '../database/database';
import { newId } from '../database/identifiers';
import { Parameters } from '../database/parameters';
import type { Assignment, AssignOutcome, NewAssignment, RemovedAssignment } from './assignment';

const COLUMNS = `x.id, x.account_id AS "accountId", r.name AS role, x.tenant_id AS "tenantId",
  x.valid_from AS "validFrom", x.valid_until AS "validUntil", x.reason,
  x.created_by AS "createdBy", x.created_at AS "createdAt"`;

interface AssignRow extends Omit<Assignment, 'id'> {
  readonly id: string | null;
  readonly hasAccount: boolean;
  readonly hasRole: boolean;
  readonly apart: string | null;
}

@Injectable()
export class AssignmentsRepository {
  constructor(private readonly database: Database) {}

  /** Holds back every other assignment of roles that exclude each other, until the transaction ends. */
  async lockAccount(accountId: string, tx: Tx): Promise<void> {
    await this.database.query(
      `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`,
      [`portcullis:assignments:${this.database.schema}:${accountId}`],
      tx,
    );
  }

  /** An assignment that has run out gives way to the new one. */
  async assign(
    given: NewAssignment,
    rolesApart: readonly string[],
    tx?: Tx,
  ): Promise<AssignOutcome> {
    const { tables } = this.database;
    const parameters = new Parameters();
    const account = parameters.add(given.accountId, 'uuid');
    const role = parameters.add(given.role, 'text');
    const tenant = parameters.add(given.tenantId, 'uuid');
    const from = parameters.add(given.validFrom, 'timestamptz');
    const until = parameters.add(given.validUntil, 'timestamptz');
    const apart = parameters.add(rolesApart, 'text[]');
    const [row] = await this.database.query<AssignRow>(
      `WITH account AS (SELECT id FROM ${tables.accounts} WHERE id = ${account}),
        role AS (
          SELECT id, name FROM ${tables.roles} WHERE name = ${role} AND tenant_id IS NULL AND origin = 'code'
        ),
        apart AS (
          SELECT r.name FROM ${tables.assignments} x JOIN ${tables.roles} r ON r.id = x.role_id
          WHERE x.account_id = ${account} AND r.name = ANY (${apart})
            AND (x.tenant_id IS NULL OR ${tenant} IS NULL OR x.tenant_id = ${tenant})
            AND tstzrange(x.valid_from, x.valid_until) && tstzrange(${from}, ${until})
            AND (x.valid_until IS NULL OR x.valid_until > clock_timestamp())
          ORDER BY r.name LIMIT 1
        ),
        won AS (
          INSERT INTO ${tables.assignments} AS x
            (id, account_id, role_id, tenant_id, valid_from, valid_until, reason, created_by)
          SELECT ${parameters.add(newId(), 'uuid')}, account.id, role.id, ${tenant}, ${from}, ${until},
            ${parameters.add(given.reason, 'text')}, ${parameters.add(given.actorId, 'uuid')}
          FROM account, role WHERE NOT EXISTS (SELECT FROM apart)
          ON CONFLICT (account_id, role_id, tenant_id) DO UPDATE SET id = excluded.id,
            valid_from = excluded.valid_from, valid_until = excluded.valid_until,
            reason = excluded.reason, created_by = excluded.created_by,
            created_at = excluded.created_at
            WHERE x.valid_until <= clock_timestamp()
          RETURNING x.*
        ),
        ${this.#consequences(parameters, auditOf('assigned', given))}
        SELECT EXISTS (SELECT FROM account) AS "hasAccount", EXISTS (SELECT FROM role) AS "hasRole",
          (SELECT name FROM apart) AS apart, ${COLUMNS}
        FROM (SELECT) AS always LEFT JOIN won x ON true LEFT JOIN role r ON r.id = x.role_id`,
      parameters.values,
      tx,
    );
    return outcomeOf(row);
  }

  /** Whether there was such an assignment. */
  async unassign(given: RemovedAssignment, tx?: Tx): Promise<boolean> {
    const { tables } = this.database;
    const parameters = new Parameters();
    const rows = await this.database.query(
      `WITH won AS (
          DELETE FROM ${tables.assignments} x USING ${tables.roles} r
          WHERE x.account_id = ${parameters.add(given.accountId, 'uuid')} AND r.id = x.role_id
            AND r.name = ${parameters.add(given.role, 'text')} AND r.tenant_id IS NULL
            AND r.origin = 'code'
            AND x.tenant_id IS NOT DISTINCT FROM ${parameters.add(given.tenantId, 'uuid')}
          RETURNING x.*
        ),
        ${this.#consequences(parameters, auditOf('unassigned', given))}
        SELECT id FROM won`,
      parameters.values,
      tx,
    );
    return rows.length > 0;
  }

  /** Everything assigned to an account, also what is not in force, oldest first. */
  async findByAccount(accountId: string): Promise<readonly Assignment[]> {
    const { assignments, roles } = this.database.tables;
    return this.database.query<Assignment>(
      `SELECT ${COLUMNS} FROM ${assignments} x JOIN ${roles} r ON r.id = x.role_id
        WHERE x.account_id = $1::uuid ORDER BY x.created_at, x.id`,
      [accountId],
    );
  }

  /** What follows when `won` has a row: the account's version rises, everybody hears of it, it is on record. */
  #consequences(parameters: Parameters, event: AuditEvent): string {
    const { tables } = this.database;
    return `bumped AS (
          UPDATE ${tables.accounts} a SET authority_version = a.authority_version + 1
          FROM won WHERE a.id = won.account_id
        ),
        told AS (${insertChangeSql(
          tables,
          parameters,
          { kind: 'authority' },
          { from: 'won', accountId: 'won.account_id' },
        )}),
        logged AS (${insertAuditSql(tables, parameters, event, { from: 'won' })})`;
  }
}

function auditOf(change: string, given: NewAssignment): AuditEvent {
  const { validFrom, validUntil, reason } = given;
  return {
    action: 'privilege_permissions_changed',
    outcome: 'success',
    actorId: given.actorId,
    accountId: given.accountId,
    tenantId: given.tenantId,
    target: `role:${given.role}`,
    origin: given.origin,
    details: {
      change,
      ...(reason === undefined ? {} : { reason }),
      ...(validFrom === undefined ? {} : { validFrom: validFrom.toISOString() }),
      ...(validUntil === undefined ? {} : { validUntil: validUntil.toISOString() }),
    },
  };
}

function outcomeOf(row: AssignRow | undefined): AssignOutcome {
  if (row === undefined || !row.hasAccount) return { outcome: 'no_account' };
  const { hasAccount: _account, hasRole, apart, id, ...assignment } = row;
  if (!hasRole) return { outcome: 'no_role' };
  if (id !== null) return { outcome: 'assigned', assignment: { id, ...assignment } };
  return apart === null ? { outcome: 'duplicate' } : { outcome: 'apart', from: apart };
}
