import { Injectable } from '@nestjs/common';
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
    key: { readonly publicJwk: PublicSigningJwk; readonly sealedPrivateKey: Buffer },
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
        target: `key:${kid}`,
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
