import { Injectable } from '@nestjs/common';
import { insertAuditSql } from '../audit/audit.sql';
import { Database, type Tx } from '../database/database';
import { newId } from '../database/identifiers';
import type { Keyset } from '../database/page';
import { Parameters } from '../database/parameters';
import type {
  Account,
  AccountCredential,
  AccountStatus,
  ActedBy,
  NewAccount,
  PasswordReplacement,
} from './account';

interface AccountRow {
  readonly id: string;
  readonly email: string;
  readonly email_verified_at: Date | null;
  readonly display_name: string | null;
  readonly status: AccountStatus;
  readonly security_epoch: number;
  readonly created_at: Date;
}

interface EpochRow {
  readonly security_epoch: number;
}

/** Which accounts, as the index finds them. */
export interface AccountFilter {
  readonly emailKeyPrefix?: string;
  readonly status?: AccountStatus;
  readonly tenantId?: string;
}

/** A change of what people see of an account, in the tenant of whoever makes it. */
export interface AccountUpdate extends ActedBy {
  readonly accountId: string;
  readonly tenantId?: string;
  readonly displayName: string | null;
}

const ACCOUNT_COLUMNS =
  'id, email, email_verified_at, display_name, status, security_epoch, created_at';

@Injectable()
export class AccountsRepository {
  constructor(private readonly database: Database) {}

  /** The id of the account, or undefined when its address was taken. */
  async insert(account: NewAccount, tx?: Tx): Promise<string | undefined> {
    const { tables } = this.database;
    const parameters = new Parameters();
    const values = [
      parameters.add(account.id ?? newId(), 'uuid'),
      parameters.add(account.email.address, 'text'),
      parameters.add(account.email.key, 'text'),
      `CASE WHEN ${parameters.add(account.emailVerified, 'boolean')} THEN clock_timestamp() END`,
      parameters.add(account.displayName, 'text'),
      parameters.add(account.passwordHash, 'text'),
    ];
    const created = `INSERT INTO ${tables.accounts}
        (id, email, email_key, email_verified_at, display_name, password_hash)
      VALUES (${values.join(', ')})
      ON CONFLICT (email_key) DO NOTHING RETURNING id`;
    const log = insertAuditSql(
      tables,
      parameters,
      {
        action: 'user_created',
        outcome: 'success',
        actorId: account.actorId,
        origin: account.origin,
      },
      { from: 'created', accountId: 'created.id' },
    );
    const rows = await this.database.query<{ id: string }>(
      `WITH created AS (${created}), log AS (${log}) SELECT id FROM created`,
      parameters.values,
      tx,
    );
    return rows[0]?.id;
  }

  async findById(id: string, tx?: Tx): Promise<Account | undefined> {
    return this.#find('id = $1::uuid', id, tx);
  }

  async findByEmailKey(key: string, tx?: Tx): Promise<Account | undefined> {
    return this.#find('email_key = $1::text', key, tx);
  }

  async #find(condition: string, value: string, tx?: Tx): Promise<Account | undefined> {
    const rows = await this.database.query<AccountRow>(
      `SELECT ${ACCOUNT_COLUMNS} FROM ${this.database.tables.accounts} WHERE ${condition}`,
      [value],
      tx,
    );
    return rows[0] && toAccount(rows[0]);
  }

  /** The newest first. Ids rise with time, so the primary key is the order. */
  async list(filter: AccountFilter, keyset: Keyset): Promise<Account[]> {
    const { tables } = this.database;
    const p = new Parameters();
    const conditions = [
      ...(keyset.before === undefined ? [] : [`id < ${p.add(keyset.before, 'uuid')}`]),
      ...(filter.emailKeyPrefix === undefined
        ? []
        : [`email_key LIKE ${p.add(likePrefix(filter.emailKeyPrefix), 'text')}`]),
      ...(filter.status === undefined ? [] : [`status = ${p.add(filter.status, 'text')}`]),
      ...this.#within(filter.tenantId, p),
    ];
    const rows = await this.database.query<AccountRow>(
      `SELECT ${ACCOUNT_COLUMNS} FROM ${tables.accounts}
        WHERE ${conditions.join(' AND ') || 'true'}
        ORDER BY id DESC LIMIT ${p.add(keyset.rows, 'integer')}`,
      p.values,
    );
    return rows.map(toAccount);
  }

  async findWithin(id: string, tenantId: string | undefined): Promise<Account | undefined> {
    const p = new Parameters();
    const conditions = [`id = ${p.add(id, 'uuid')}`, ...this.#within(tenantId, p)];
    const rows = await this.database.query<AccountRow>(
      `SELECT ${ACCOUNT_COLUMNS} FROM ${this.database.tables.accounts}
        WHERE ${conditions.join(' AND ')}`,
      p.values,
    );
    return rows[0] && toAccount(rows[0]);
  }

  /** The account after the change, or undefined when there is none in this tenant. */
  async update(update: AccountUpdate): Promise<Account | undefined> {
    const { tables } = this.database;
    const p = new Parameters();
    const name = p.add(update.displayName, 'text');
    const conditions = [
      `id = ${p.add(update.accountId, 'uuid')}`,
      ...this.#within(update.tenantId, p),
    ];
    const changed = `UPDATE ${tables.accounts}
      SET display_name = ${name}, updated_at = clock_timestamp()
      WHERE ${conditions.join(' AND ')} RETURNING ${ACCOUNT_COLUMNS}`;
    const log = insertAuditSql(
      tables,
      p,
      {
        action: 'user_updated',
        outcome: 'success',
        actorId: update.actorId,
        tenantId: update.tenantId,
        origin: update.origin,
        details: { members: ['displayName'] },
      },
      { from: 'changed', accountId: 'changed.id' },
    );
    const rows = await this.database.query<AccountRow>(
      `WITH changed AS (${changed}), log AS (${log}) SELECT ${ACCOUNT_COLUMNS} FROM changed`,
      p.values,
    );
    return rows[0] && toAccount(rows[0]);
  }

  /** An account belongs to the tenants in which it was assigned a role, whether it holds now or not. */
  #within(tenantId: string | undefined, p: Parameters): string[] {
    if (tenantId === undefined) return [];
    const { assignments } = this.database.tables;
    return [
      `id IN (SELECT account_id FROM ${assignments} WHERE tenant_id = ${p.add(tenantId, 'uuid')})`,
    ];
  }

  async findCredential(id: string, tx?: Tx): Promise<AccountCredential | undefined> {
    const rows = await this.database.query<AccountCredential>(
      `SELECT id AS "accountId", password_hash AS "passwordHash", status,
          security_epoch AS "securityEpoch"
        FROM ${this.database.tables.accounts} WHERE id = $1::uuid`,
      [id],
      tx,
    );
    return rows[0];
  }

  /** Whether the expected hash was still there. The security epoch stays: the password is the same. */
  async replacePasswordHash(replacement: PasswordReplacement, tx?: Tx): Promise<boolean> {
    const rows = await this.database.query<{ id: string }>(
      `UPDATE ${this.database.tables.accounts}
        SET password_hash = $3::text, updated_at = clock_timestamp()
        WHERE id = $1::uuid AND password_hash IS NOT DISTINCT FROM $2::text
        RETURNING id`,
      [replacement.accountId, replacement.expectedHash, replacement.newHash],
      tx,
    );
    return rows.length === 1;
  }

  /** The new security epoch, or undefined when the account is not active or its hash has moved. */
  async changePassword(replacement: PasswordReplacement, tx: Tx): Promise<number | undefined> {
    const rows = await this.database.query<EpochRow>(
      `UPDATE ${this.database.tables.accounts}
        SET password_hash = $3::text, security_epoch = security_epoch + 1,
          updated_at = clock_timestamp()
        WHERE id = $1::uuid AND status = 'active' AND password_hash IS NOT DISTINCT FROM $2::text
        RETURNING security_epoch`,
      [replacement.accountId, replacement.expectedHash, replacement.newHash],
      tx,
    );
    return rows[0]?.security_epoch;
  }

  /** The new security epoch, or undefined when there is no such account. */
  async raiseEpoch(accountId: string, tx: Tx): Promise<number | undefined> {
    const rows = await this.database.query<EpochRow>(
      `UPDATE ${this.database.tables.accounts}
        SET security_epoch = security_epoch + 1, updated_at = clock_timestamp()
        WHERE id = $1::uuid RETURNING security_epoch`,
      [accountId],
      tx,
    );
    return rows[0]?.security_epoch;
  }

  /** The new security epoch, or undefined when there is no such account or it has this status. */
  async setStatus(
    change: { readonly accountId: string; readonly status: AccountStatus } & ActedBy,
    tx: Tx,
  ): Promise<number | undefined> {
    const { tables } = this.database;
    const parameters = new Parameters();
    const status = parameters.add(change.status, 'text');
    const changed = `UPDATE ${tables.accounts}
      SET status = ${status}, security_epoch = security_epoch + 1, updated_at = clock_timestamp()
      WHERE id = ${parameters.add(change.accountId, 'uuid')} AND status <> ${status}
      RETURNING id, security_epoch`;
    const log = insertAuditSql(
      tables,
      parameters,
      {
        action: change.status === 'disabled' ? 'user_disabled' : 'user_enabled',
        outcome: 'success',
        actorId: change.actorId,
        origin: change.origin,
      },
      { from: 'changed', accountId: 'changed.id' },
    );
    const rows = await this.database.query<EpochRow>(
      `WITH changed AS (${changed}), log AS (${log}) SELECT security_epoch FROM changed`,
      parameters.values,
      tx,
    );
    return rows[0]?.security_epoch;
  }

  /** What stands before the hash proper, once per kind: `{scheme;parameters}`. */
  async passwordSchemes(): Promise<readonly string[]> {
    const rows = await this.database.query<{ scheme: string }>(
      `SELECT DISTINCT split_part(password_hash, '}', 1) || '}' AS scheme
        FROM ${this.database.tables.accounts} WHERE password_hash IS NOT NULL`,
    );
    return rows.map(({ scheme }) => scheme);
  }
}

/** What stands for itself only: `%` and `_` are letters of an address. */
function likePrefix(text: string): string {
  return `${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
}

function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    email: row.email,
    emailVerifiedAt: row.email_verified_at ?? undefined,
    displayName: row.display_name ?? undefined,
    status: row.status,
    securityEpoch: row.security_epoch,
    createdAt: row.created_at,
  };
}
