import { Injectable } from '@nestjs/common';
import type { AuditEvent, AuditOrigin } from '../audit/audit-event';
import { insertAuditSql } from '../audit/audit.sql';
import { insertChangeSql } from '../change-feed/change.sql';
import { Database, type Tx } from '../database/database';
import { Parameters, seconds } from '../database/parameters';
import type { SuccessionReason } from './keys.repository';
import type { KeyMaterial } from './signing-key';
import type { SigningKeyStatus } from './signing-key.entity';

/** Who changes the keys; nobody where the instances do it by themselves. */
export interface KeyActor {
  readonly actorId?: string;
  readonly origin?: AuditOrigin;
}

/** A key that is stored for the first time. */
export interface NewKey extends KeyActor {
  readonly material: KeyMaterial;
  readonly sealedPrivateKey: Buffer;
  /** Why instances made it by themselves. */
  readonly reason?: SuccessionReason;
}

/** What became of an attempt to revoke a key. */
export type RevokeOutcome =
  | { readonly outcome: 'revoked'; readonly wasCurrent: boolean }
  | { readonly outcome: 'revoked_before' }
  | { readonly outcome: 'unknown' };

/**
 * The life of a key: `next`, `current`, `retired`, and `revoked` from each of them. Every step is one
 * statement with its audit events and its change row, and says whether it happened.
 */
@Injectable()
export class KeyTransitionsRepository {
  constructor(private readonly database: Database) {}

  /** Stores the current key, unless there is one already. */
  insertCurrent(key: NewKey, tx: Tx): Promise<boolean> {
    const p = new Parameters();
    return this.#insert('current', key, { p, times: `clock_timestamp(), NULL`, tx });
  }

  /** Stores the key that will be current, unless there is one already. */
  insertNext(key: NewKey, aheadSeconds: number, tx: Tx): Promise<boolean> {
    const p = new Parameters();
    const ahead = p.add(seconds(aheadSeconds), 'interval');
    return this.#insert('next', key, { p, times: `NULL, clock_timestamp() + ${ahead}`, tx });
  }

  /** Makes the next key current, and the current one retired, when its time has come or at once. */
  async activateNext(
    { isDue, ...by }: KeyActor & { readonly isDue: 'by its time' | 'at once' },
    tx: Tx,
  ): Promise<string | undefined> {
    const { tables } = this.database;
    const p = new Parameters();
    const retiredLog = insertAuditSql(tables, p, event('crypto_key_retired', by), {
      from: 'retired',
      target: `'key:' || retired.kid`,
    });
    const activatedLog = insertAuditSql(tables, p, event('crypto_key_activated', by), {
      from: 'activated',
      target: `'key:' || activated.kid`,
    });
    const change = insertChangeSql(tables, p, { kind: 'keys' }, { from: 'activated' });
    const condition = isDue === 'at once' ? '' : `AND activates_at <= clock_timestamp()`;
    // Counting what was retired makes that happen first: one current key is all that the index allows.
    const [row] = await this.database.query<{ kid: string }>(
      `WITH due AS (
         SELECT kid FROM ${tables.signingKeys} WHERE status = 'next' ${condition}),
       retired AS (
         UPDATE ${tables.signingKeys} SET status = 'retired', retired_at = clock_timestamp()
         WHERE status = 'current' AND EXISTS (SELECT FROM due) RETURNING kid),
       gone AS (SELECT count(*) AS keys FROM retired),
       activated AS (
         UPDATE ${tables.signingKeys} k SET status = 'current', activated_at = clock_timestamp()
         FROM due, gone WHERE k.kid = due.kid AND gone.keys <= 1 RETURNING k.kid),
       retired_log AS (${retiredLog}),
       activated_log AS (${activatedLog}),
       change AS (${change})
       SELECT kid FROM activated`,
      p.values,
      tx,
    );
    return row?.kid;
  }

  /** Takes every use from a key. */
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
      { ...event('crypto_key_revoked', by), target: `key:${kid}` },
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

  async #insert(
    status: 'next' | 'current',
    { material, sealedPrivateKey, reason, ...by }: NewKey,
    { p, times, tx }: { readonly p: Parameters; readonly times: string; readonly tx: Tx },
  ): Promise<boolean> {
    const { tables } = this.database;
    const { kid, algorithm } = material.signing;
    const values = [
      p.add(kid, 'text'),
      p.add(algorithm, 'text'),
      p.add(material.publicJwk && JSON.stringify(material.publicJwk), 'jsonb'),
      p.add(sealedPrivateKey, 'bytea'),
    ];
    const audit = insertAuditSql(
      tables,
      p,
      {
        ...event('crypto_key_created', by),
        target: `key:${kid}`,
        details: { algorithm, status, ...(reason === undefined ? {} : { reason }) },
      },
      { from: 'created' },
    );
    const change = insertChangeSql(tables, p, { kind: 'keys' }, { from: 'created' });
    const created = await this.database.query(
      `WITH created AS (
         INSERT INTO ${tables.signingKeys}
           (kid, algorithm, public_jwk, sealed_private_key, status, activated_at, activates_at)
         VALUES (${values.join(', ')}, '${status}', ${times})
         ON CONFLICT (status) WHERE status = '${status}' DO NOTHING
         RETURNING kid),
       log AS (${audit}),
       change AS (${change})
       SELECT kid FROM created`,
      p.values,
      tx,
    );
    return created.length > 0;
  }
}

function event(
  action: AuditEvent['action'],
  { actorId, origin }: KeyActor,
): Pick<AuditEvent, 'action' | 'outcome' | 'actorId' | 'origin'> {
  return { action, outcome: 'success', actorId, origin };
}
