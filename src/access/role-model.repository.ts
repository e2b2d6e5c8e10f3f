import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { isId } from '../database/identifiers';
import { roleModelLockKey } from '../database/locks';
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
    if (!isNameable(reference)) return undefined;
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

  /**
   * An account that amounts to two members of one set at one time in one tenant, if there is any.
   *
   * @param through only accounts that hold one of these roles
   */
  async holderOfTwo(
    memberships: readonly SetMembership[],
    through: readonly string[] | undefined,
    tx?: Tx,
  ): Promise<string | undefined> {
    const { assignments } = this.database.tables;
    const parameters = new Parameters();
    const roleIds = parameters.add(
      memberships.map(({ roleId }) => roleId),
      'uuid[]',
    );
    const sets = parameters.add(
      memberships.map(({ set }) => String(set)),
      'text[]',
    );
    const members = parameters.add(
      memberships.map(({ member }) => member),
      'text[]',
    );
    const some = parameters.add(through, 'uuid[]');
    const [row] = await this.database.query<{ accountId: string }>(
      `WITH apart AS (SELECT * FROM unnest(${roleIds}, ${sets}, ${members}) AS m (role_id, set, member))
        SELECT x.account_id AS "accountId" FROM apart one
        JOIN ${assignments} x ON x.role_id = one.role_id
        JOIN ${assignments} y ON y.account_id = x.account_id
        JOIN apart other ON other.role_id = y.role_id
          AND other.set = one.set AND other.member <> one.member
        WHERE (${some} IS NULL OR one.role_id = ANY (${some}))
          AND (x.tenant_id IS NULL OR y.tenant_id IS NULL OR x.tenant_id = y.tenant_id)
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
      `SELECT ${how}(${roleModelLockKey('$1::text')})`,
      [this.database.schema],
      tx,
    );
  }
}

/** That a role, or one that it inherits, is a member of a set of which nobody holds two. */
export interface SetMembership {
  readonly roleId: string;
  /** The index of the set in the catalogue. */
  readonly set: number;
  /** The name of the role of code. */
  readonly member: string;
}

/** PostgreSQL takes no NUL in a text, and no role has one in its name. */
function isNameable(reference: RoleReference): boolean {
  return 'roleId' in reference ? isId(reference.roleId) : !reference.role.includes('\0');
}
