import { Inject, Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { Parameters, seconds } from '../database/parameters';
import { ResolvedAuthOptions } from '../options/auth-options';
import { retiredKeySeconds } from '../options/signing-key-options';
import type { SealedKey } from './sealed-keys';
import type { SigningKeyRecord } from './signing-key-record';
import type { SigningKeyStatus } from './signing-key.entity';

/** A row of a key that may verify. */
export interface StoredSigningKey extends SealedKey {
  readonly status: Exclude<SigningKeyStatus, 'revoked'>;
  /**
   * Seconds in database time until something happens to the key by itself: `next` becomes current, the
   * current one gets a successor, a retired one is dead. Null where nothing will.
   */
  readonly dueInSeconds: number | null;
}

/** Why a key needs a successor by now. */
export type SuccessionReason = 'age' | 'algorithm';

const MAX_LISTED = 1000;
const DAY_SECONDS = 86_400;

@Injectable()
export class KeysRepository {
  constructor(
    private readonly database: Database,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /** Every key that may verify now, the current one first. */
  async findUsable(): Promise<StoredSigningKey[]> {
    const p = new Parameters();
    const deadAt = this.#deadAt(p);
    return this.database.query<StoredSigningKey>(
      `SELECT kid, algorithm, sealed_private_key AS "sealedPrivateKey", status,
         extract(epoch FROM CASE status
           WHEN 'next' THEN activates_at
           WHEN 'current' THEN ${this.#successorDueAt(p)}
           ELSE ${deadAt} END - clock_timestamp())::float8 AS "dueInSeconds"
       FROM ${this.database.tables.signingKeys}
       WHERE status IN ('next', 'current') OR status = 'retired' AND ${deadAt} > clock_timestamp()
       ORDER BY status = 'current' DESC, created_at DESC, kid`,
      p.values,
    );
  }

  /** Every key, the newest first. */
  async list(): Promise<SigningKeyRecord[]> {
    const p = new Parameters();
    return this.database.query<SigningKeyRecord>(
      `SELECT ${this.#recordColumns(p)} FROM ${this.database.tables.signingKeys}
       ORDER BY created_at DESC, kid LIMIT ${MAX_LISTED}`,
      p.values,
    );
  }

  async find(kid: string, tx: Tx): Promise<SigningKeyRecord | undefined> {
    const p = new Parameters();
    const [row] = await this.database.query<SigningKeyRecord>(
      `SELECT ${this.#recordColumns(p)} FROM ${this.database.tables.signingKeys}
       WHERE kid = ${p.add(kid, 'text')}`,
      p.values,
      tx,
    );
    return row;
  }

  /** The name of the only key of a status. */
  async findKid(status: 'next' | 'current', tx?: Tx): Promise<string | undefined> {
    const [row] = await this.database.query<{ kid: string }>(
      `SELECT kid FROM ${this.database.tables.signingKeys} WHERE status = $1`,
      [status],
      tx,
    );
    return row?.kid;
  }

  /** Why the current key needs a successor that it does not have yet. */
  async successionReason(tx: Tx): Promise<SuccessionReason | undefined> {
    const { signingKeys } = this.database.tables;
    const p = new Parameters();
    const algorithm = p.add(this.options.signingKeys.algorithm, 'text');
    const [row] = await this.database.query<{ reason: SuccessionReason }>(
      `SELECT CASE WHEN algorithm <> ${algorithm} THEN 'algorithm' ELSE 'age' END AS reason
       FROM ${signingKeys}
       WHERE status = 'current'
         AND (algorithm <> ${algorithm} OR ${this.#successorDueAt(p)} <= clock_timestamp())
         AND NOT EXISTS (SELECT FROM ${signingKeys} WHERE status = 'next')`,
      p.values,
      tx,
    );
    return row?.reason;
  }

  /** Waits until no other transaction changes keys. Transaction-level, so that a pooler may stand between. */
  async lock(tx: Tx): Promise<void> {
    await this.database.query(
      `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`,
      [`portcullis ${this.database.schema} signing_keys`],
      tx,
    );
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

  #recordColumns(p: Parameters): string {
    return `kid, algorithm, status, created_at AS "createdAt",
      CASE status WHEN 'next' THEN activates_at END AS "activatesAt",
      activated_at AS "activatedAt", retired_at AS "retiredAt",
      CASE status WHEN 'retired' THEN ${this.#deadAt(p)} END AS "verifiesUntil"`;
  }

  /** From the options of this instance, which also measures the tokens by them. */
  #deadAt(p: Parameters): string {
    const life = seconds(retiredKeySeconds(this.options.accessTokens));
    return `(retired_at + ${p.add(life, 'interval')})`;
  }

  /** So early that the successor is published for long enough before the key is too old. */
  #successorDueAt(p: Parameters): string {
    const { rotateAfterDays, publishAheadSeconds } = this.options.signingKeys;
    if (rotateAfterDays === 0) return `NULL::timestamptz`;
    const age = seconds(rotateAfterDays * DAY_SECONDS - publishAheadSeconds);
    return `(activated_at + ${p.add(age, 'interval')})`;
  }
}
