import { Injectable } from '@nestjs/common';
import type { AuditEvent } from '../audit/audit-event';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database, type Tx } from '../database/database';
import type { Keyset } from '../database/page';
import { Parameters } from '../database/parameters';
import type { AuthTables } from '../database/tables';
import type { Role, RoleLink, RoleQuery } from './role';

/** A role as it is to be written. */
export interface WrittenRole {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly tenantId: string | null;
  readonly permissions: readonly string[];
  readonly parents: readonly string[];
}

/** Whether something stands on a role. */
export interface RoleUse {
  /** Somebody holds it now or will. */
  readonly held: boolean;
  readonly inherited: boolean;
}

/**
 * How far an account's version rises for an assignment that is taken away with its role: an assignment
 * that has run out counts two boundaries of validity, and the version never falls.
 */
const VERSION_STEP = 3;

@Injectable()
export class RolesRepository {
  constructor(private readonly database: Database) {}

  /** The newest first: roles for every tenant, and those of one; without one, all. */
  async page(
    { q, origin, tenantId }: Omit<RoleQuery, 'limit' | 'cursor'> & { readonly tenantId?: string },
    { before, rows }: Keyset,
  ): Promise<Role[]> {
    const parameters = new Parameters();
    const conditions = [
      visibleTo(parameters.add(tenantId, 'uuid')),
      ...(q === undefined
        ? []
        : [`strpos(lower(r.name), lower(${parameters.add(q, 'text')})) > 0`]),
      ...(origin === undefined ? [] : [`r.origin = ${parameters.add(origin, 'text')}`]),
      ...(before === undefined ? [] : [`r.id < ${parameters.add(before, 'uuid')}`]),
    ];
    return this.database.query<Role>(
      `${selectSql(this.database.tables)} WHERE ${conditions.join(' AND ')}
        ORDER BY r.id DESC LIMIT ${parameters.add(rows, 'integer')}`,
      parameters.values,
    );
  }

  /** Undefined also for a role of another tenant (AD-2). */
  async find(id: string, tenantId: string | undefined, tx?: Tx): Promise<Role | undefined> {
    const parameters = new Parameters();
    const rows = await this.database.query<Role>(
      `${selectSql(this.database.tables)} WHERE r.id = ${parameters.add(id, 'uuid')}
        AND ${visibleTo(parameters.add(tenantId, 'uuid'))}`,
      parameters.values,
      tx,
    );
    return rows[0];
  }

  /** The roles of code that the database knows. */
  async codeRoles(tx?: Tx): Promise<readonly RoleLink[]> {
    return this.database.query<RoleLink>(
      `SELECT id, name FROM ${this.database.tables.roles} WHERE origin = 'code'`,
      [],
      tx,
    );
  }

  /** False when there is no such tenant. */
  async insert(role: WrittenRole, event: AuditEvent, tx: Tx): Promise<boolean> {
    const { tables } = this.database;
    const parameters = new Parameters();
    const tenant = parameters.add(role.tenantId, 'uuid');
    const rows = await this.database.query(
      `WITH won AS (
          INSERT INTO ${tables.roles} (id, tenant_id, name, description, origin)
          SELECT ${parameters.add(role.id, 'uuid')}, ${tenant}, ${parameters.add(role.name, 'text')},
            ${parameters.add(role.description, 'text')}, 'database'
          WHERE ${tenant} IS NULL OR EXISTS (SELECT FROM ${tables.tenants} WHERE id = ${tenant})
          RETURNING *
        ),
        ${this.#added(role, parameters)}, ${this.#consequences(event, parameters)}
        SELECT id FROM won`,
      parameters.values,
      tx,
    );
    return rows.length > 0;
  }

  /** Replaces everything but the origin and the tenant. */
  async update(role: WrittenRole, event: AuditEvent, tx: Tx): Promise<void> {
    const { tables } = this.database;
    const parameters = new Parameters();
    const id = parameters.add(role.id, 'uuid');
    const permissions = parameters.add(role.permissions, 'text[]');
    const parents = parameters.add(role.parents, 'uuid[]');
    await this.database.query(
      `WITH won AS (
          UPDATE ${tables.roles} SET name = ${parameters.add(role.name, 'text')},
            description = ${parameters.add(role.description, 'text')}, updated_at = clock_timestamp()
          WHERE id = ${id} RETURNING *
        ),
        revoked AS (
          DELETE FROM ${tables.rolePermissions}
          WHERE role_id = ${id} AND permission <> ALL (${permissions})
        ),
        parted AS (
          DELETE FROM ${tables.roleParents} WHERE role_id = ${id} AND parent_id <> ALL (${parents})
        ),
        ${this.#added(role, parameters)}, ${this.#consequences(event, parameters)}
        SELECT id FROM won`,
      parameters.values,
      tx,
    );
  }

  async useOf(id: string, tx: Tx): Promise<RoleUse> {
    const { assignments, roleParents } = this.database.tables;
    const [use] = await this.database.query<RoleUse>(
      `SELECT EXISTS (SELECT FROM ${assignments} WHERE role_id = $1::uuid
            AND (valid_until IS NULL OR valid_until > clock_timestamp())) AS held,
          EXISTS (SELECT FROM ${roleParents} WHERE parent_id = $1::uuid) AS inherited`,
      [id],
      tx,
    );
    return use ?? { held: false, inherited: false };
  }

  /** Takes assignments that have run out away with the role. */
  async delete(id: string, event: AuditEvent, tx: Tx): Promise<void> {
    const { tables } = this.database;
    const parameters = new Parameters();
    const role = parameters.add(id, 'uuid');
    await this.database.query(
      `WITH run_out AS (
          DELETE FROM ${tables.assignments} WHERE role_id = ${role} RETURNING account_id
        ),
        counted AS (SELECT account_id, count(*)::integer AS count FROM run_out GROUP BY account_id),
        raised AS (
          UPDATE ${tables.accounts} a
          SET authority_version = a.authority_version + ${VERSION_STEP} * counted.count
          FROM counted WHERE a.id = counted.account_id
        ),
        won AS (DELETE FROM ${tables.roles} WHERE id = ${role} RETURNING *),
        ${this.#consequences(event, parameters)}
        SELECT id FROM won`,
      parameters.values,
      tx,
    );
  }

  #added({ permissions, parents }: WrittenRole, parameters: Parameters): string {
    const { tables } = this.database;
    return `granted AS (
          INSERT INTO ${tables.rolePermissions} (role_id, permission)
          SELECT won.id, unnest(${parameters.add(permissions, 'text[]')}) FROM won
          ON CONFLICT DO NOTHING
        ),
        inherited AS (
          INSERT INTO ${tables.roleParents} (role_id, parent_id)
          SELECT won.id, unnest(${parameters.add(parents, 'uuid[]')}) FROM won
          ON CONFLICT DO NOTHING
        )`;
  }

  /** What follows when `won` has a row: everybody's version rises, all instances hear of it, it is on record. */
  #consequences(event: AuditEvent, parameters: Parameters): string {
    const { tables } = this.database;
    const where = { from: 'won', tenantId: 'won.tenant_id' };
    return `bumped AS (
          UPDATE ${tables.catalogue} SET version = version + 1 WHERE EXISTS (SELECT FROM won)
        ),
        told AS (${insertChangeSql(tables, parameters, { kind: 'authority' }, where)}),
        logged AS (${insertAuditSql(tables, parameters, event, where)})`;
  }
}

function visibleTo(tenant: string): string {
  return `(${tenant} IS NULL OR r.tenant_id IS NULL OR r.tenant_id = ${tenant})`;
}

function selectSql({ roles, rolePermissions, roleParents }: AuthTables): string {
  return `SELECT r.id, r.name, r.description, r.origin, r.tenant_id AS "tenantId",
      ARRAY(SELECT g.permission FROM ${rolePermissions} g WHERE g.role_id = r.id
        ORDER BY g.permission) AS permissions,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name) ORDER BY p.name), '[]')
        FROM ${roleParents} i JOIN ${roles} p ON p.id = i.parent_id
          AND (p.tenant_id IS NULL OR p.tenant_id = r.tenant_id)
        WHERE i.role_id = r.id) AS parents,
      r.created_at AS "createdAt", r.updated_at AS "updatedAt"
    FROM ${roles} r`;
}
