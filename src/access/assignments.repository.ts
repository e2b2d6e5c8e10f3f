import { Injectable } from '@nestjs/common';
import type { AuditEvent } from '../audit/audit-event';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database, type Tx } from '../database/database';
import { newId } from '../database/identifiers';
import type { Keyset } from '../database/page';
import { Parameters } from '../database/parameters';
import type {
  Assignment,
  AssignmentActor,
  AssignmentQuery,
  AssignOutcome,
  DecidedAssignment,
} from './assignment';
import type { DelegationRight } from './delegation.service';

const COLUMNS = `x.id, x.account_id AS "accountId", r.id AS "roleId", r.name AS role,
  x.tenant_id AS "tenantId", x.valid_from AS "validFrom", x.valid_until AS "validUntil", x.reason,
  x.created_by AS "createdBy", x.created_at AS "createdAt"`;

/**
 * An account's version also counts the boundaries of validity that have passed. A change can take a
 * row with two of them away, and the version has to rise all the same.
 */
const VERSION_STEP = 3;

interface AssignRow extends Omit<Assignment, 'id'> {
  readonly id: string | null;
  readonly hasAccount: boolean;
  readonly hasTenant: boolean;
  readonly apart: string | null;
}

/** One assignment by what it says, or by its id. */
export type AssignmentReference =
  | { readonly assignmentId: string; readonly tenantId?: string }
  | { readonly accountId: string; readonly role: string; readonly tenantId?: string };

@Injectable()
export class AssignmentsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Holds back every other change of what these accounts hold, until the transaction ends. Always in the
   * same order, so that two who give each other something do not wait for each other.
   */
  async lockAccounts(accountIds: readonly string[], tx: Tx): Promise<void> {
    await this.database.query(
      `SELECT id FROM ${this.database.tables.accounts} WHERE id = ANY ($1::uuid[])
        ORDER BY id FOR NO KEY UPDATE`,
      [accountIds],
      tx,
    );
  }

  /** An assignment that has run out gives way to the new one. */
  async assign(decided: DecidedAssignment, tx: Tx): Promise<AssignOutcome> {
    const { tables } = this.database;
    const { given } = decided;
    const parameters = new Parameters();
    const account = parameters.add(given.accountId, 'uuid');
    const role = parameters.add(decided.roleId, 'uuid');
    const tenant = parameters.add(given.tenantId, 'uuid');
    const from = parameters.add(given.validFrom, 'timestamptz');
    const until = parameters.add(given.validUntil, 'timestamptz');
    const apart = parameters.add(decided.rolesApart, 'uuid[]');
    const [row] = await this.database.query<AssignRow>(
      `WITH account AS (SELECT id FROM ${tables.accounts} WHERE id = ${account}),
        tenant AS (
          SELECT FROM (SELECT) AS always WHERE ${tenant} IS NULL
            OR EXISTS (SELECT FROM ${tables.tenants} WHERE id = ${tenant})
        ),
        apart AS (
          SELECT r.name FROM ${tables.assignments} x JOIN ${tables.roles} r ON r.id = x.role_id
          WHERE x.account_id = ${account} AND x.role_id = ANY (${apart})
            AND (x.tenant_id IS NULL OR ${tenant} IS NULL OR x.tenant_id = ${tenant})
            AND tstzrange(x.valid_from, x.valid_until) && tstzrange(${from}, ${until})
            AND (x.valid_until IS NULL OR x.valid_until > clock_timestamp())
          ORDER BY r.name LIMIT 1
        ),
        won AS (
          INSERT INTO ${tables.assignments} AS x
            (id, account_id, role_id, tenant_id, valid_from, valid_until, reason, created_by)
          SELECT ${parameters.add(newId(), 'uuid')}, account.id, ${role}, ${tenant}, ${from}, ${until},
            ${parameters.add(given.reason, 'text')}, ${parameters.add(given.actorId, 'uuid')}
          FROM account, tenant WHERE NOT EXISTS (SELECT FROM apart)
          ON CONFLICT (account_id, role_id, tenant_id) DO UPDATE SET id = excluded.id,
            valid_from = excluded.valid_from, valid_until = excluded.valid_until,
            reason = excluded.reason, created_by = excluded.created_by,
            created_at = excluded.created_at
            WHERE x.valid_until <= clock_timestamp()
          RETURNING x.*
        ),
        ${this.#consequences(parameters, auditOf('assigned', decided))}
        SELECT EXISTS (SELECT FROM account) AS "hasAccount", EXISTS (SELECT FROM tenant) AS "hasTenant",
          (SELECT name FROM apart) AS apart, ${COLUMNS}
        FROM (SELECT) AS always LEFT JOIN won x ON true
          LEFT JOIN ${tables.roles} r ON r.id = x.role_id`,
      parameters.values,
      tx,
    );
    return outcomeOf(row);
  }

  /** Whether the assignment was still there. */
  async unassign(
    assignment: Assignment,
    by: AssignmentActor & { readonly right?: DelegationRight },
    tx: Tx,
  ): Promise<boolean> {
    const { tables } = this.database;
    const { id, accountId, roleId, role: roleName } = assignment;
    const tenantId = assignment.tenantId ?? undefined;
    const given = { ...by, accountId, roleId, tenantId };
    const parameters = new Parameters();
    const rows = await this.database.query(
      `WITH won AS (
          DELETE FROM ${tables.assignments} WHERE id = ${parameters.add(id, 'uuid')} RETURNING *
        ),
        ${this.#consequences(
          parameters,
          auditOf('unassigned', { given, roleId, roleName, right: by.right }),
        )}
        SELECT id FROM won`,
      parameters.values,
      tx,
    );
    return rows.length > 0;
  }

  async find(reference: AssignmentReference, tx?: Tx): Promise<Assignment | undefined> {
    const { assignments, roles } = this.database.tables;
    const parameters = new Parameters();
    const tenant = parameters.add(reference.tenantId, 'uuid');
    const meant =
      'assignmentId' in reference
        ? `x.id = ${parameters.add(reference.assignmentId, 'uuid')}
            AND (${tenant} IS NULL OR x.tenant_id = ${tenant})`
        : `x.account_id = ${parameters.add(reference.accountId, 'uuid')}
            AND r.name = ${parameters.add(reference.role, 'text')}
            AND x.tenant_id IS NOT DISTINCT FROM ${tenant}`;
    const [row] = await this.database.query<Assignment>(
      `SELECT ${COLUMNS} FROM ${assignments} x JOIN ${roles} r ON r.id = x.role_id
        WHERE ${meant} ORDER BY r.tenant_id NULLS FIRST LIMIT 1`,
      parameters.values,
      tx,
    );
    return row;
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

  /** The newest first; each filter that is left out lets everything through. */
  async page(
    { accountId, roleId, tenantId }: Omit<AssignmentQuery, 'limit' | 'cursor'>,
    { before, rows }: Keyset,
  ): Promise<readonly Assignment[]> {
    const { assignments, roles } = this.database.tables;
    const parameters = new Parameters();
    const filters = [
      ['x.account_id =', accountId],
      ['x.role_id =', roleId],
      ['x.tenant_id =', tenantId],
      ['x.id <', before],
    ]
      .filter(([, value]) => value !== undefined)
      .map(([comparison, value]) => `${comparison} ${parameters.add(value, 'uuid')}`);
    return this.database.query<Assignment>(
      `SELECT ${COLUMNS} FROM ${assignments} x JOIN ${roles} r ON r.id = x.role_id
        WHERE ${['true', ...filters].join(' AND ')}
        ORDER BY x.id DESC LIMIT ${parameters.add(rows, 'integer')}`,
      parameters.values,
    );
  }

  /** What follows when `won` has a row: the account's version rises, everybody hears of it, it is on record. */
  #consequences(parameters: Parameters, event: AuditEvent): string {
    const { tables } = this.database;
    return `bumped AS (
          UPDATE ${tables.accounts} a SET authority_version = a.authority_version + ${VERSION_STEP}
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

type Recorded = Pick<DecidedAssignment, 'given' | 'roleName' | 'roleId' | 'right'>;

function auditOf(change: string, { given, roleName, roleId, right }: Recorded): AuditEvent {
  const { validFrom, validUntil, reason } = given;
  return {
    action: 'privilege_permissions_changed',
    outcome: 'success',
    actorId: given.actorId,
    accountId: given.accountId,
    tenantId: given.tenantId,
    target: `role:${roleName}`,
    origin: given.origin,
    details: {
      change,
      roleId,
      ...(right === undefined || right === 'held' ? {} : { right }),
      ...(reason === undefined ? {} : { reason }),
      ...(validFrom === undefined ? {} : { validFrom: validFrom.toISOString() }),
      ...(validUntil === undefined ? {} : { validUntil: validUntil.toISOString() }),
    },
  };
}

function outcomeOf(row: AssignRow | undefined): AssignOutcome {
  if (row === undefined || !row.hasAccount) return { outcome: 'no_account' };
  const { hasAccount: _account, hasTenant, apart, id, ...assignment } = row;
  if (!hasTenant) return { outcome: 'no_tenant' };
  if (id !== null) return { outcome: 'assigned', assignment: { id, ...assignment } };
  return apart === null ? { outcome: 'duplicate' } : { outcome: 'apart', from: apart };
}
