import { Injectable } from '@nestjs/common';
import type { AuditOrigin } from '../audit/audit-event';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database, type Tx } from '../database/database';
import { Parameters } from '../database/parameters';
import type { PublicSigningJwk } from './signing-key';
import type { SigningKeyStatus } from './signing-key.entity';

/** A row of a key that may verify. */
export interface StoredSigningKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly sealedPrivateKey: Buffer;
  readonly status: Exclude<SigningKeyStatus, 'revoked'>;
}

/** A key as an administrator sees it: never its private half. @publicApi */
export interface SigningKeyRecord {
  readonly kid: string;
  readonly algorithm: string;
  /** `next` will sign, `current` signs, `retired` only verifies, `revoked` does nothing. */
  readonly status: SigningKeyStatus;
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  /** When it stopped to sign. */
  readonly retiredAt: Date | null;
}

/** Who changes the keys; nobody at boot. */
export interface KeyActor {
  readonly actorId?: string;
  readonly origin?: AuditOrigin;
}

/** What became of an attempt to revoke a key. */
export type RevokeOutcome =
  | { readonly outcome: 'revoked'; readonly wasCurrent: boolean }
  | { readonly outcome: 'revoked_before' }
  | { readonly outcome: 'unknown' };

const RECORD_COLUMNS = `kid, algorithm, status, created_at AS "createdAt",
  activated_at AS "activatedAt", retired_at AS "retiredAt"`;
const MAX_LISTED = 1000;

@Injectable()
export class KeysRepository {
  constructor(private readonly database: Database) {}

  /** Every key but the revoked ones, the current one first. */
  async findUsable(): Promise<StoredSigningKey[]> {
    return this.database.query<StoredSigningKey>(
      `SELECT kid, algorithm, sealed_private_key AS "sealedPrivateKey", status
       FROM ${this.database.tables.signingKeys}
       WHERE status IN ('next', 'current', 'retired')
       ORDER BY status = 'current' DESC, created_at DESC, kid`,
    );
  }

  /** Every key, the newest first. */
  async list(): Promise<SigningKeyRecord[]> {
    return this.database.query<SigningKeyRecord>(
      `SELECT ${RECORD_COLUMNS} FROM ${this.database.tables.signingKeys}
       ORDER BY created_at DESC, kid LIMIT ${MAX_LISTED}`,
    );
  }

  async find(kid: string, tx: Tx): Promise<SigningKeyRecord | undefined> {
    const [row] = await this.database.query<SigningKeyRecord>(
      `SELECT ${RECORD_COLUMNS} FROM ${this.database.tables.signingKeys} WHERE kid = $1::text`,
      [kid],
      tx,
    );
    return row;
  }

  /** Waits until no other transaction creates a key. Transaction-level, so that a pooler may stand between. */
  async lockCreation(tx: Tx): Promise<void> {
    await this.database.query(
      `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`,
      [`portcullis ${this.database.schema} signing_keys`],
      tx,
    );
  }

  async hasCurrent(tx?: Tx): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT 1 FROM ${this.database.tables.signingKeys} WHERE status = 'current'`,
      [],
      tx,
    );
    return rows.length > 0;
  }

  /** Stores the current key, its audit event and its change row, unless there is a current key already. */
  async insertCurrent(
    key: {
      readonly publicJwk: PublicSigningJwk;
      readonly sealedPrivateKey: Buffer;
    } & KeyActor,
    tx: Tx,
  ): Promise<boolean> {
    const { tables } = this.database;
    const { kid, alg } = key.publicJwk;
    const parameters = new Parameters();
    const values = [
      parameters.add(kid, 'text'),
      parameters.add(alg, 'text'),
      parameters.add(JSON.stringify(key.publicJwk), 'jsonb'),
      parameters.add(key.sealedPrivateKey, 'bytea'),
    ];
    const audit = insertAuditSql(
      tables,
      parameters,
      {
        action: 'crypto_key_created',
        outcome: 'success',
        actorId: key.actorId,
        target: `key:${kid}`,
        origin: key.origin,
        details: { algorithm: alg },
      },
      { from: 'created' },
    );
    const change = insertChangeSql(tables, parameters, { kind: 'keys' }, { from: 'created' });
    const created = await this.database.query(
      `WITH created AS (
         INSERT INTO ${tables.signingKeys}
           (kid, algorithm, public_jwk, sealed_private_key, status, activated_at)
         VALUES (${values.join(', ')}, 'current', clock_timestamp())
         ON CONFLICT (status) WHERE status = 'current' DO NOTHING
         RETURNING kid),
       log AS (${audit}),
       change AS (${change})
       SELECT kid FROM created`,
      parameters.values,
      tx,
    );
    return created.length > 0;
  }

  /**
   * Lets the current key verify only, so that the same transaction can insert another; the change row
   * is the one of that insert.
   */
  async retireCurrent(by: KeyActor, tx: Tx): Promise<void> {
    const { tables } = this.database;
    const p = new Parameters();
    const log = insertAuditSql(
      tables,
      p,
      {
        action: 'crypto_key_retired',
        outcome: 'success',
        actorId: by.actorId,
        origin: by.origin,
      },
      { from: 'retired', target: `'key:' || retired.kid` },
    );
    await this.database.query(
      `WITH retired AS (
         UPDATE ${tables.signingKeys} SET status = 'retired', retired_at = clock_timestamp()
         WHERE status = 'current' RETURNING kid),
       log AS (${log})
       SELECT kid FROM retired`,
      p.values,
      tx,
    );
  }

  /** Takes every use from a key, with its audit event and change row. */
  async revoke(
    { kid, ...by }: KeyActor & { readonly kid: string },
    tx: Tx,
  ): Promise<RevokeOutcome> {
    const { tables } = this.database;
    const p = new Parameters();
    const name = p.add(kid, 'text');
    const log = insertAuditSql(
      tables,
      p,
      {
        action: 'crypto_key_revoked',
        outcome: 'success',
        actorId: by.actorId,
        target: `key:${kid}`,
        origin: by.origin,
      },
      { from: 'revoked', details: `jsonb_build_object('was', revoked.was)` },
    );
    const change = insertChangeSql(tables, p, { kind: 'keys' }, { from: 'revoked' });
    const [row] = await this.database.query<{ was: SigningKeyStatus }>(
      `WITH before AS (
         SELECT kid, status FROM ${tables.signingKeys} WHERE kid = ${name} FOR NO KEY UPDATE),
       revoked AS (
         UPDATE ${tables.signingKeys} k
         SET status = 'revoked', retired_at = coalesce(k.retired_at, clock_timestamp())
         FROM before WHERE k.kid = before.kid AND before.status <> 'revoked'
         RETURNING k.kid, before.status AS was),
       log AS (${log}),
       change AS (${change})
       SELECT status AS was FROM before`,
      p.values,
      tx,
    );
    if (row === undefined) return { outcome: 'unknown' };
    return row.was === 'revoked'
      ? { outcome: 'revoked_before' }
      : { outcome: 'revoked', wasCurrent: row.was === 'current' };
  }

  /** Replaces how a key is sealed, unless somebody else has by now. */
  async replaceSealed(
    kid: string,
    sealed: { readonly from: Buffer; readonly to: Buffer },
  ): Promise<void> {
    await this.database.query(
      `UPDATE ${this.database.tables.signingKeys} SET sealed_private_key = $3
       WHERE kid = $1 AND sealed_private_key = $2`,
      [kid, sealed.from, sealed.to],
    );
  }
}
