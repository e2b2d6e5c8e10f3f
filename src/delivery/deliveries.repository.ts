import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { Parameters, seconds } from '../database/parameters';
import type { NoticeKind } from '../options/message-sender';

/** A mail that this instance holds until its lease is over. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly accountId: string;
  readonly recipient: string;
  readonly details: NoticeDetails;
  readonly createdAt: Date;
  /** Which attempt this is, the first being 1. It also tells this claim from a later one. */
  readonly attempt: number;
}

/** What was written down about the event. */
export interface NoticeDetails {
  readonly displayName?: string;
  readonly ip?: string;
  readonly userAgent?: string;
}

/** What a claim found. */
export interface Claim {
  readonly claimed: readonly ClaimedDelivery[];
  /** Given up now: the last attempt ended without a word, as when its process died. */
  readonly abandoned: readonly string[];
}

/** How long to wait before the next attempt. */
export interface Backoff {
  readonly firstSeconds: number;
  readonly maxSeconds: number;
}

/** How much waits. */
export interface Backlog {
  readonly pending: number;
  /** Seconds since the oldest of them was written; 0 where none waits. */
  readonly oldestSeconds: number;
}

@Injectable()
export class DeliveriesRepository {
  constructor(private readonly database: Database) {}

  /**
   * Takes due mails that no other instance has taken. A lease instead of a lock: sending outlasts any
   * transaction, and what a dead instance held becomes due again by itself.
   */
  async claim(limit: number, leaseSeconds: number, maxAttempts: number): Promise<Claim> {
    const { deliveries } = this.database.tables;
    const p = new Parameters();
    const isOver = `d.attempts >= ${p.add(maxAttempts, 'integer')}`;
    const rows = await this.database.query<ClaimedDelivery & { abandoned: boolean }>(
      `WITH due AS MATERIALIZED (
        SELECT id FROM ${deliveries} WHERE status = 'pending' AND due_at <= clock_timestamp()
        ORDER BY due_at LIMIT ${p.add(limit, 'integer')} FOR NO KEY UPDATE SKIP LOCKED
      )
      UPDATE ${deliveries} d SET
        attempts = d.attempts + CASE WHEN ${isOver} THEN 0 ELSE 1 END,
        status = CASE WHEN ${isOver} THEN 'failed' ELSE 'pending' END,
        last_error = CASE WHEN ${isOver} THEN 'abandoned' ELSE d.last_error END,
        settled_at = CASE WHEN ${isOver} THEN clock_timestamp() END,
        due_at = clock_timestamp() + ${p.add(seconds(leaseSeconds), 'interval')}
      FROM due WHERE d.id = due.id
      RETURNING d.id, d.kind, d.account_id AS "accountId", d.recipient, d.details,
        d.created_at AS "createdAt", d.attempts AS attempt, d.status = 'failed' AS abandoned`,
      p.values,
    );
    return {
      claimed: rows.filter(({ abandoned }) => !abandoned),
      abandoned: rows.filter(({ abandoned }) => abandoned).map(({ id }) => id),
    };
  }

  /**
   * Was sent, whoever holds it by now: what left must not leave again. Nothing personal stays.
   */
  async sent(id: string): Promise<void> {
    await this.database.query(
      `UPDATE ${this.database.tables.deliveries}
       SET status = 'sent', settled_at = clock_timestamp(), recipient = NULL, details = '{}', last_error = NULL
       WHERE id = $1::uuid AND status = 'pending'`,
      [id],
    );
  }

  /** Comes due again later, or at once where `backoff` is missing. Whether this claim still held it. */
  async again(
    { id, attempt }: ClaimedDelivery,
    reason: string,
    backoff?: Backoff,
  ): Promise<boolean> {
    const p = new Parameters();
    const rows = await this.database.query(
      `UPDATE ${this.database.tables.deliveries} SET last_error = ${p.add(reason, 'text')},
         due_at = clock_timestamp() + ${waitSql(p, attempt, backoff)}
       WHERE id = ${p.add(id, 'uuid')} AND status = 'pending' AND attempts = ${p.add(attempt, 'integer')}
       RETURNING id`,
      p.values,
    );
    return rows.length > 0;
  }

  /** Is given up and kept as it is. Whether this claim still held it. */
  async failed({ id, attempt }: ClaimedDelivery, reason: string): Promise<boolean> {
    const rows = await this.database.query(
      `UPDATE ${this.database.tables.deliveries}
       SET status = 'failed', settled_at = clock_timestamp(), last_error = $2::text
       WHERE id = $1::uuid AND status = 'pending' AND attempts = $3::integer RETURNING id`,
      [id, reason, attempt],
    );
    return rows.length > 0;
  }

  async backlog(): Promise<Backlog> {
    const [row] = await this.database.query<Backlog>(
      `SELECT count(*)::integer AS pending,
         coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS "oldestSeconds"
       FROM ${this.database.tables.deliveries} WHERE status = 'pending'`,
    );
    return row ?? { pending: 0, oldestSeconds: 0 };
  }
}

/** Half of the wait is chance, so that what failed together does not come back together. */
function waitSql(p: Parameters, attempt: number, backoff?: Backoff): string {
  if (backoff === undefined) return `interval '0'`;
  const doublings = p.add(Math.min(attempt - 1, 30), 'integer');
  const first = p.add(backoff.firstSeconds, 'integer');
  const longest = p.add(backoff.maxSeconds, 'integer');
  return `LEAST(${longest}, ${first} * power(2, ${doublings})) * (0.5 + random() / 2) * interval '1 second'`;
}
