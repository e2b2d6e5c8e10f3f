import { Injectable } from '@nestjs/common';
import type { AuditEvent } from '../audit/audit-event';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database } from '../database/database';
import { isId, newId } from '../database/identifiers';
import type { Keyset } from '../database/page';
import { Parameters } from '../database/parameters';
import type { NewTenant, Tenant, TenantChange } from './tenant';

const COLUMNS = `id, key, name, status, created_at AS "createdAt"`;

@Injectable()
export class TenantsRepository {
  constructor(private readonly database: Database) {}

  /** Undefined when the id or the key was taken. */
  async insert(given: NewTenant): Promise<Tenant | undefined> {
    const { tables } = this.database;
    const parameters = new Parameters();
    const values = [
      parameters.add(given.id ?? newId(), 'uuid'),
      parameters.add(given.key, 'text'),
      parameters.add(given.name, 'text'),
    ];
    return this.#write(
      `INSERT INTO ${tables.tenants} (id, key, name) VALUES (${values.join(', ')})
        ON CONFLICT DO NOTHING RETURNING *`,
      parameters,
      { action: 'tenant_created', outcome: 'success', target: `tenant:${given.key}`, ...by(given) },
    );
  }

  /** Undefined when there is no such tenant. */
  async update(id: string, change: TenantChange): Promise<Tenant | undefined> {
    const { tables } = this.database;
    const parameters = new Parameters();
    const name = parameters.add(change.name, 'text');
    const status = parameters.add(change.status, 'text');
    return this.#write(
      `UPDATE ${tables.tenants} SET name = coalesce(${name}, name),
          status = coalesce(${status}, status), updated_at = clock_timestamp()
        WHERE id = ${parameters.add(id, 'uuid')} RETURNING *`,
      parameters,
      {
        action: 'tenant_updated',
        outcome: 'success',
        ...by(change),
        details: change.status === undefined ? {} : { status: change.status },
      },
    );
  }

  /** By id or by key; no key looks like an id. */
  async find(reference: string): Promise<Tenant | undefined> {
    const rows = await this.database.query<Tenant>(
      `SELECT ${COLUMNS} FROM ${this.database.tables.tenants}
        WHERE ${isId(reference) ? 'id = $1::uuid' : 'key = $1::text'}`,
      [reference],
    );
    return rows[0];
  }

  async page({ before, rows }: Keyset): Promise<readonly Tenant[]> {
    return this.database.query<Tenant>(
      `SELECT ${COLUMNS} FROM ${this.database.tables.tenants}
        WHERE ($1::uuid IS NULL OR id < $1::uuid) ORDER BY id DESC LIMIT $2::integer`,
      [before ?? null, rows],
    );
  }

  /** A change of a tenant is a change of everybody's authority in it. */
  async #write(
    statement: string,
    parameters: Parameters,
    event: AuditEvent,
  ): Promise<Tenant | undefined> {
    const { tables } = this.database;
    const told = insertChangeSql(
      tables,
      parameters,
      { kind: 'authority' },
      { from: 'won', tenantId: 'won.id' },
    );
    const logged = insertAuditSql(tables, parameters, event, { from: 'won', tenantId: 'won.id' });
    const rows = await this.database.query<Tenant>(
      `WITH won AS (${statement}), told AS (${told}), logged AS (${logged})
        SELECT ${COLUMNS} FROM won`,
      parameters.values,
    );
    return rows[0];
  }
}

function by({ actorId, origin }: TenantChange): Pick<AuditEvent, 'actorId' | 'origin'> {
  return { actorId, origin };
}
