import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { Parameters } from '../database/parameters';
import type { StoredRole } from './stored-role';
import { reachedRolesSql, storedRolesSql } from './stored-roles.sql';

/** What the database says about an account's authority. */
export interface StoredAuthority {
  readonly version: number;
  /** Ids of the assigned roles that are in force. */
  readonly held: readonly string[];
  /** Those roles and every role they inherit in the database. */
  readonly roles: readonly StoredRole[];
  /** The nearest moment at which an assignment begins or ends; milliseconds since the epoch. */
  readonly staleAt: number | null;
  /** The same as a distance from the moment of the query, in milliseconds. */
  readonly staleInMilliseconds: number | null;
}

/** How an account's authority is read where it is to be handed on. */
export interface AuthorityReading {
  /** Only assignments that hold until then, or that have no end. */
  readonly lasting?: Lasting;
  /** Also what holds in a disabled tenant: nobody may do anything there, but it can be taken away. */
  readonly inDisabledTenants?: boolean;
}

/** Everything assigned to an account, in force or not. */
export interface StoredPowers {
  readonly given: readonly { readonly roleId: string; readonly tenantId: string | null }[];
  /** The roles that are given and every role they inherit in the database. */
  readonly roles: readonly StoredRole[];
}

/** Until when something lasts. */
export type Lasting = Date | 'for_ever';

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

  /**
   * Undefined when there is no such account. A disabled account holds nothing, and in a disabled
   * tenant nobody does, unless the reading says otherwise. The version also counts the boundaries of validity that have passed, so that
   * it rises when an assignment begins or ends by itself.
   */
  async find(
    accountId: string,
    tenantId?: string,
    tx?: Tx,
    { lasting, inDisabledTenants = false }: AuthorityReading = {},
  ): Promise<StoredAuthority | undefined> {
    const { tables } = this.database;
    const { accounts, assignments, roles, catalogue, tenants } = tables;
    const parameters = new Parameters();
    const account = parameters.add(accountId, 'uuid');
    const tenant = parameters.add(tenantId, 'uuid');
    const until = lasting === 'for_ever' ? 'infinity' : lasting;
    const lasts =
      until === undefined
        ? ''
        : `AND coalesce(x.valid_until, 'infinity') >= ${parameters.add(until, 'timestamptz')}`;
    const [row] = await this.database.query<StoredAuthority>(
      `WITH RECURSIVE moment AS MATERIALIZED (SELECT clock_timestamp() AS at),
        held AS (
          SELECT x.role_id, coalesce(x.valid_from <= m.at, true) AS in_force,
            CASE WHEN x.valid_from > m.at THEN x.valid_from ELSE x.valid_until END AS boundary
          FROM moment m
          JOIN ${assignments} x ON x.account_id = ${account}
            AND (x.tenant_id IS NULL OR x.tenant_id = ${tenant})
            AND (x.valid_until IS NULL OR x.valid_until > m.at) ${lasts}
          JOIN ${roles} r ON r.id = x.role_id
            AND (r.tenant_id IS NULL OR r.tenant_id = x.tenant_id)
          JOIN ${accounts} a ON a.id = x.account_id AND a.status = 'active'
          WHERE ${tenant} IS NULL OR ${inDisabledTenants}
            OR EXISTS (SELECT FROM ${tenants} t WHERE t.id = ${tenant} AND t.status = 'active')
        ),
        reached (id) AS (
          ${reachedRolesSql(tables, 'SELECT role_id FROM held WHERE in_force', tenant)}
        )
        SELECT (a.authority_version + coalesce((SELECT c.version FROM ${catalogue} c), 0)
            + (SELECT count(*) FILTER (WHERE x.valid_from <= m.at)
                + count(*) FILTER (WHERE x.valid_until <= m.at)
              FROM ${assignments} x, moment m WHERE x.account_id = ${account}))::float8 AS version,
          ARRAY(SELECT DISTINCT role_id FROM held WHERE in_force ORDER BY role_id) AS held,
          ${storedRolesSql(tables, 'reached')} AS roles,
          (SELECT floor(extract(epoch FROM min(boundary)) * 1000) FROM held)::float8 AS "staleAt",
          (SELECT floor(extract(epoch FROM min(h.boundary) - min(m.at)) * 1000)
            FROM held h, moment m)::float8 AS "staleInMilliseconds"
        FROM ${accounts} a WHERE a.id = ${account}`,
      parameters.values,
      tx,
    );
    return row;
  }
}
