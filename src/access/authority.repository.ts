import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { Parameters } from '../database/parameters';
import { accountHoldingSql, type Holding } from './holding';
import type { StoredRole } from './stored-role';
import { reachedRolesSql, storedRolesSql } from './stored-roles.sql';

/** What the database says about an account's authority. */
export interface StoredAuthority {
  readonly holding: Holding;
  /** The assigned roles that count in the tenant, in force or not, and every role they inherit. */
  readonly roles: readonly StoredRole[];
}

/** Everything assigned to an account, in force or not. */
export interface StoredPowers {
  readonly given: readonly { readonly roleId: string; readonly tenantId: string | null }[];
  /** The roles that are given and every role they inherit in the database. */
  readonly roles: readonly StoredRole[];
}

@Injectable()
export class AuthorityRepository {
  constructor(private readonly database: Database) {}

  /** Holds back every change of an account and of what it holds, until the transaction ends. */
  async holdStill(accountId: string, tx: Tx): Promise<void> {
    await this.database.query(
      `SELECT id FROM ${this.database.tables.accounts} WHERE id = $1::uuid FOR SHARE`,
      [accountId],
      tx,
    );
  }

  /**
   * Holds back every change of accounts and of what they hold, so that one of them may be changed
   * afterwards. Always in the same order, so that two who act on each other do not wait for each other.
   */
  async lock(accountIds: readonly string[], tx: Tx): Promise<void> {
    await this.database.query(
      `SELECT id FROM ${this.database.tables.accounts} WHERE id = ANY ($1::uuid[])
        ORDER BY id FOR NO KEY UPDATE`,
      [accountIds],
      tx,
    );
  }

  /** With a tenant: what counts there, else all of it. An account that is not known has nothing. */
  async powersOf(accountId: string, tenantId: string | undefined, tx: Tx): Promise<StoredPowers> {
    const { tables } = this.database;
    const parameters = new Parameters();
    const account = parameters.add(accountId, 'uuid');
    const tenant = parameters.add(tenantId, 'uuid');
    // Roles of several tenants at once, and each inherits within its own only.
    const anyTenant = 'r.tenant_id';
    const [row] = await this.database.query<StoredPowers>(
      `WITH RECURSIVE given AS (
          SELECT x.role_id, x.tenant_id FROM ${tables.assignments} x
          JOIN ${tables.roles} r ON r.id = x.role_id
            AND (r.tenant_id IS NULL OR r.tenant_id = x.tenant_id)
          WHERE x.account_id = ${account}
            AND (${tenant} IS NULL OR x.tenant_id IS NULL OR x.tenant_id = ${tenant})
        ),
        reached (id) AS (
          ${reachedRolesSql(tables, 'SELECT role_id FROM given', anyTenant)}
        )
        SELECT coalesce((SELECT jsonb_agg(jsonb_build_object(
            'roleId', role_id, 'tenantId', tenant_id)) FROM given), '[]') AS given,
          ${storedRolesSql(tables, 'reached')} AS roles`,
      parameters.values,
      tx,
    );
    return row ?? { given: [], roles: [] };
  }

  /** Undefined when there is no such account. */
  async find(accountId: string, tenantId?: string, tx?: Tx): Promise<StoredAuthority | undefined> {
    const { tables } = this.database;
    const parameters = new Parameters();
    const account = parameters.add(accountId, 'uuid');
    const tenant = parameters.add(tenantId, 'uuid');
    const [row] = await this.database.query<StoredAuthority>(
      `WITH RECURSIVE assigned AS (
          SELECT x.role_id FROM ${tables.assignments} x JOIN ${tables.roles} r ON r.id = x.role_id
          WHERE x.account_id = ${account} AND (x.tenant_id IS NULL OR x.tenant_id = ${tenant})
            AND (r.tenant_id IS NULL OR r.tenant_id = x.tenant_id)
        ),
        reached (id) AS (
          ${reachedRolesSql(tables, 'SELECT role_id FROM assigned', tenant)}
        )
        SELECT ${accountHoldingSql(tables, tenant)} AS holding,
          ${storedRolesSql(tables, 'reached')} AS roles
        FROM ${tables.accounts} a WHERE a.id = ${account}`,
      parameters.values,
      tx,
    );
    return row;
  }
}
