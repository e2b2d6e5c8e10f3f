import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { isId } from '../database/identifiers';
import { Parameters } from '../database/parameters';
import type { StoredRole } from './stored-role';
import { storedRolesSql } from './stored-roles.sql';

/** A role by its id, or by its name: of code, of the database for every tenant, or of the tenant. */
export type RoleReference = { readonly roleId: string } | { readonly role: string };

/** Reads the roles of the database, and holds back who would change them meanwhile. */
@Injectable()
export class RoleModelRepository {
  constructor(private readonly database: Database) {}

  /** Lets others read the model but not change it, until the transaction ends. */
  async holdStill(tx: Tx): Promise<void> {
    await this.#lock('pg_advisory_xact_lock_shared', tx);
  }

  /**
   * Waits for everybody who reads or changes the model, and keeps them waiting until the transaction
   * ends. A statement of its own, so that the next one sees what they committed.
   */
  async lock(tx: Tx): Promise<void> {
    await this.#lock('pg_advisory_xact_lock', tx);
  }

  /** Undefined when there is none, or it belongs to another tenant (AD-2). */
  async find(
    reference: RoleReference,
    tenantId: string | undefined,
    tx?: Tx,
  ): Promise<StoredRole | undefined> {
    const { tables } = this.database;
    const parameters = new Parameters();
    if ('roleId' in reference && !isId(reference.roleId)) return undefined;
    const meant =
      'roleId' in reference
        ? `id = ${parameters.add(reference.roleId, 'uuid')}`
        : `name = ${parameters.add(reference.role, 'text')}`;
    const tenant = parameters.add(tenantId, 'uuid');
    const [row] = await this.database.query<{ roles: StoredRole[] }>(
      `WITH found AS (
          SELECT id FROM ${tables.roles} WHERE ${meant} AND (tenant_id IS NULL OR tenant_id = ${tenant})
          ORDER BY tenant_id NULLS FIRST LIMIT 1
        )
        SELECT ${storedRolesSql(tables, 'found')} AS roles`,
      parameters.values,
      tx,
    );
    return row?.roles[0];
  }

  /** Every role that can meet in one account: those for every tenant and those of one; without one, all. */
  async all(tenantId: string | undefined, tx?: Tx): Promise<readonly StoredRole[]> {
    const { tables } = this.database;
    const parameters = new Parameters();
    const tenant = parameters.add(tenantId, 'uuid');
    const [row] = await this.database.query<{ roles: StoredRole[] }>(
      `WITH found AS (
          SELECT id FROM ${tables.roles}
          WHERE tenant_id IS NULL OR ${tenant} IS NULL OR tenant_id = ${tenant}
        )
        SELECT ${storedRolesSql(tables, 'found')} AS roles`,
      parameters.values,
      tx,
    );
    return row?.roles ?? [];
  }

  /** An account that holds two of the given pairs of roles at one time in one tenant, if there is any. */
  async holderOfBoth(pairs: readonly RolePair[], tx?: Tx): Promise<string | undefined> {
    const { assignments } = this.database.tables;
    const parameters = new Parameters();
    const one = parameters.add(
      pairs.map(([role]) => role),
      'uuid[]',
    );
    const other = parameters.add(
      pairs.map(([, role]) => role),
      'uuid[]',
    );
    const [row] = await this.database.query<{ accountId: string }>(
      `SELECT x.account_id AS "accountId"
        FROM unnest(${one}, ${other}) AS apart (one, other)
        JOIN ${assignments} x ON x.role_id = apart.one
        JOIN ${assignments} y ON y.role_id = apart.other AND y.account_id = x.account_id
        WHERE (x.tenant_id IS NULL OR y.tenant_id IS NULL OR x.tenant_id = y.tenant_id)
          AND tstzrange(x.valid_from, x.valid_until) && tstzrange(y.valid_from, y.valid_until)
          AND (x.valid_until IS NULL OR x.valid_until > clock_timestamp())
          AND (y.valid_until IS NULL OR y.valid_until > clock_timestamp())
        LIMIT 1`,
      parameters.values,
      tx,
    );
    return row?.accountId;
  }

  async #lock(how: string, tx: Tx): Promise<void> {
    await this.database.query(
      `SELECT ${how}(hashtextextended($1, 0))`,
      [`portcullis:roles:${this.database.schema}`],
      tx,
    );
  }
}

/** Two roles, by id, that nobody may hold at once. */
export type RolePair = readonly [one: string, other: string];
