import { Injectable } from '@nestjs/common';
import type { StoredRole } from '../access/stored-role';
import { storedRolesSql } from '../access/stored-roles.sql';
import type { AccountStatus } from '../accounts/account';
import { Database } from '../database/database';
import { isId } from '../database/identifiers';
import type { Keyset } from '../database/page';
import { Parameters } from '../database/parameters';
import type { PermittedAccount } from './explanation';

/** An assignment of the account, and where the moment of the query stands in its validity. */
export interface ConsideredAssignment {
  readonly id: string;
  readonly roleId: string;
  readonly tenantId: string | null;
  /** As JSON writes a time. */
  readonly validFrom: string | null;
  readonly validUntil: string | null;
  readonly began: boolean;
  readonly ended: boolean;
}

/** Everything that can decide about one account in one tenant, read at one moment. */
export interface ConsideredFacts {
  /** Null: there is no such account, or none that may be seen. */
  readonly status: AccountStatus | null;
  readonly version: number | null;
  /** Null: none was asked for, or there is none that may be seen. */
  readonly tenant: { readonly id: string; readonly status: 'active' | 'disabled' } | null;
  readonly assignments: readonly ConsideredAssignment[];
  /** The roles for every tenant, of the tenant asked for, and of those in which the account holds one. */
  readonly roles: readonly StoredRole[];
}

/** Whose facts. */
export interface FactsQuery {
  readonly accountId: string;
  /** Id or key. */
  readonly tenant?: string;
  /** The only tenant that may be seen. */
  readonly within?: string;
}

/** What a role needs so that it has one permission, and where. */
export interface ReachQuery extends Omit<FactsQuery, 'accountId'> {
  /** What a role of the database grants to have it. */
  readonly grants: readonly string[];
  /** The roles of code that have it. */
  readonly codeRoles: readonly string[];
  /** Each role of code that counts as a member of a set of roles kept apart in a session. */
  readonly apart: readonly ApartMember[];
}

/** The roles, by id, that have one permission in a tenant. */
export interface ReachingRoles {
  /** Null: what is assigned everywhere counts alone. */
  readonly tenantId: string | null;
  readonly roleIds: readonly string[];
  /** Which roles count as which members of the sets that a session keeps apart. */
  readonly apart: readonly {
    readonly set: string;
    readonly member: string;
    readonly roleId: string;
  }[];
}

/** A role of code that is, or inherits, a member of a set of which one session has one active. */
export interface ApartMember {
  readonly set: string;
  readonly member: string;
  readonly codeRole: string;
}

@Injectable()
export class ExplanationRepository {
  constructor(private readonly database: Database) {}

  /** Undefined when there is no such account. */
  async statusOf(accountId: string): Promise<AccountStatus | undefined> {
    const rows = await this.database.query<{ status: AccountStatus }>(
      `SELECT status FROM ${this.database.tables.accounts} WHERE id = $1::uuid`,
      [accountId],
    );
    return rows[0]?.status;
  }

  /** The version is counted as the authority counts it. */
  async facts({ accountId, tenant, within }: FactsQuery): Promise<ConsideredFacts> {
    const { tables } = this.database;
    const { accounts, assignments, roles, catalogue } = tables;
    const p = new Parameters();
    const scope = p.add(within, 'uuid');
    const [row] = await this.database.query<ConsideredFacts>(
      `WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS at),
        asked AS (${this.#askedSql(tenant, scope, p)}),
        account AS (
          SELECT a.id, a.status, a.authority_version FROM ${accounts} a
          WHERE a.id = ${p.add(accountId, 'uuid')} AND ${this.#visibleSql('a.id', scope)}
        ),
        own AS (
          SELECT x.id, x.role_id, x.tenant_id, x.valid_from, x.valid_until, x.created_at,
            coalesce(x.valid_from <= m.at, true) AS began,
            coalesce(x.valid_until <= m.at, false) AS ended
          FROM moment m, account a
          JOIN ${assignments} x ON x.account_id = a.id
          JOIN ${roles} r ON r.id = x.role_id AND (r.tenant_id IS NULL OR r.tenant_id = x.tenant_id)
          WHERE ${scope} IS NULL OR x.tenant_id IS NULL OR x.tenant_id = ${scope}
        ),
        visible AS (
          SELECT id FROM ${roles} WHERE tenant_id IS NULL OR tenant_id IN (SELECT id FROM asked)
            OR tenant_id IN (SELECT tenant_id FROM own)
        )
        SELECT (SELECT status FROM account) AS status,
          (SELECT a.authority_version + coalesce((SELECT c.version FROM ${catalogue} c), 0)
              + (SELECT count(*) FILTER (WHERE x.valid_from <= m.at)
                  + count(*) FILTER (WHERE x.valid_until <= m.at)
                FROM ${assignments} x, moment m WHERE x.account_id = a.id)
            FROM account a)::float8 AS version,
          (SELECT jsonb_build_object('id', id, 'status', status) FROM asked) AS tenant,
          (SELECT coalesce(jsonb_agg(jsonb_build_object(
              'id', id, 'roleId', role_id, 'tenantId', tenant_id, 'validFrom', valid_from,
              'validUntil', valid_until, 'began', began, 'ended', ended)
              ORDER BY created_at, id), '[]') FROM own) AS assignments,
          ${storedRolesSql(tables, 'visible')} AS roles`,
      p.values,
    );
    return row ?? { status: null, version: null, tenant: null, assignments: [], roles: [] };
  }

  /** Undefined where there is no such tenant in use. */
  async reachingRoles({
    tenant,
    within,
    grants,
    codeRoles,
    apart,
  }: ReachQuery): Promise<ReachingRoles | undefined> {
    const { roles, rolePermissions, roleParents } = this.database.tables;
    const p = new Parameters();
    const scope = p.add(within, 'uuid');
    const members = (['set', 'member', 'codeRole'] as const).map((column) =>
      p.add(
        apart.map((member) => member[column]),
        'text[]',
      ),
    );
    const childrenOf = (parents: string) =>
      `${parents} d JOIN ${roleParents} i ON i.parent_id = d.id JOIN role r ON r.id = i.role_id`;
    const [row] = await this.database.query<ReachingRoles>(
      `WITH RECURSIVE place AS MATERIALIZED (
          ${
            tenant === undefined
              ? `SELECT NULL::uuid AS id WHERE ${scope} IS NULL`
              : `SELECT t.id FROM (${this.#askedSql(tenant, scope, p)}) t WHERE t.status = 'active'`
          }
        ),
        role AS (
          SELECT id, name, origin FROM ${roles}
          WHERE tenant_id IS NULL OR tenant_id = (SELECT id FROM place)
        ),
        giving (id) AS (
          (SELECT id FROM role WHERE origin = 'code' AND name = ANY (${p.add(codeRoles, 'text[]')})
            UNION SELECT r.id FROM ${rolePermissions} g JOIN role r ON r.id = g.role_id
              WHERE g.permission = ANY (${p.add(grants, 'text[]')}))
          UNION SELECT r.id FROM ${childrenOf('giving')}
        ),
        apart (set, member, id) AS (
          SELECT m.set, m.member, r.id FROM unnest(${members.join(', ')}) AS m (set, member, name)
            JOIN role r ON r.origin = 'code' AND r.name = m.name
          UNION SELECT d.set, d.member, r.id FROM ${childrenOf('apart')}
        )
        SELECT id AS "tenantId", ARRAY(SELECT id FROM giving) AS "roleIds",
          (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'set', set, 'member', member, 'roleId', id)), '[]') FROM apart) AS apart
        FROM place`,
      p.values,
    );
    return row;
  }

  /**
   * The active accounts that hold one of some roles at this moment, the newest first. The ids of the
   * roles come as values, so that PostgreSQL knows from its statistics whether few hold them, and
   * follows the index of the roles, or many, and follows the one of the accounts.
   *
   * Nobody has a role in effect that, with another one they hold, joins what a session keeps apart.
   */
  async holders(
    { tenantId, roleIds, apart }: ReachingRoles,
    within: string | undefined,
    { before, rows }: Keyset,
  ): Promise<readonly PermittedAccount[]> {
    const { accounts, assignments, roles } = this.database.tables;
    const p = new Parameters();
    const scope = p.add(within, 'uuid');
    const tenant = p.add(tenantId, 'uuid');
    const ids = p.add(roleIds, 'uuid[]');
    const cursor = p.add(before, 'uuid');
    const inForce = (x: string, r: string) =>
      `JOIN ${roles} ${r} ON ${r}.id = ${x}.role_id
          AND (${r}.tenant_id IS NULL OR ${r}.tenant_id = ${x}.tenant_id)
          AND (${x}.tenant_id IS NULL OR ${x}.tenant_id = ${tenant})
          AND (${x}.valid_from IS NULL OR ${x}.valid_from <= (SELECT at FROM moment))
          AND (${x}.valid_until IS NULL OR ${x}.valid_until > (SELECT at FROM moment))`;
    const members = (['set', 'member'] as const).map((column) =>
      p.add(
        apart.map((member) => member[column]),
        'text[]',
      ),
    );
    const memberIds = p.add(
      apart.map(({ roleId }) => roleId),
      'uuid[]',
    );
    return this.database.query<PermittedAccount>(
      `WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS at),
        apart AS MATERIALIZED (
          SELECT * FROM unnest(${members.join(', ')}, ${memberIds}) AS m (set, member, id)
        )
        SELECT a.id, a.email, a.display_name AS "displayName",
          array_agg(DISTINCT r.name ORDER BY r.name) AS roles
        FROM ${assignments} x ${inForce('x', 'r')}
          JOIN ${accounts} a ON a.id = x.account_id AND a.status = 'active'
        WHERE x.role_id = ANY (${ids}) AND (${cursor} IS NULL OR a.id < ${cursor})
          AND ${this.#visibleSql('a.id', scope)}
          AND NOT EXISTS (
            SELECT FROM apart mine WHERE mine.id = x.role_id AND (
              SELECT count(DISTINCT other.member) FROM ${assignments} y ${inForce('y', 'o')}
                JOIN apart other ON other.id = y.role_id
              WHERE y.account_id = x.account_id AND other.set = mine.set
            ) > 1
          )
        GROUP BY a.id ORDER BY a.id DESC LIMIT ${p.add(rows, 'integer')}`,
      p.values,
    );
  }

  /** The tenant that was asked for, where it may be seen. */
  #askedSql(tenant: string | undefined, scope: string, p: Parameters): string {
    const { tenants } = this.database.tables;
    const isMeant =
      tenant === undefined
        ? 'false'
        : isId(tenant)
          ? `id = ${p.add(tenant, 'uuid')}`
          : `key = ${p.add(tenant, 'text')}`;
    return `SELECT id, status FROM ${tenants} WHERE ${isMeant} AND (${scope} IS NULL OR id = ${scope})`;
  }

  /** An account belongs to the tenants in which it was assigned a role, whether it holds now or not (AD-1). */
  #visibleSql(accountId: string, scope: string): string {
    const { assignments } = this.database.tables;
    return `(${scope} IS NULL OR EXISTS (
      SELECT FROM ${assignments} s WHERE s.account_id = ${accountId} AND s.tenant_id = ${scope}))`;
  }
}
