import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database/database';
import { firstIdOf } from '../database/identifiers';
import { Parameters } from '../database/parameters';
import { PURGE_STEP_ROWS } from '../database/purge';
import { quoteIdentifier } from '../database/tables';
import {
  DEFAULT_PARTITION,
  monthOf,
  type AuditPartition,
  type Month,
  type MonthPartition,
} from './audit-partition';

/** Ids come from the clocks of the instances; one that is a day wrong has tokens that nobody accepts. */
const CLOCK_SLACK_MS = 86_400_000;

/**
 * The partitions of the audit: one a month, one for all that was there before there were partitions, and
 * a default one, so that an insert never fails for want of a partition.
 */
@Injectable()
export class AuditPartitionsRepository {
  constructor(private readonly database: Database) {}

  /** The current month, in database time and UTC. */
  async currentMonth(tx: Tx): Promise<Month> {
    const [row] = await this.database.query<{ year: number; month: number }>(
      `SELECT EXTRACT(year FROM moment)::integer AS year, EXTRACT(month FROM moment)::integer AS month
       FROM (SELECT now() AT TIME ZONE 'UTC' AS moment) t`,
      [],
      tx,
    );
    return monthOf(row?.year ?? 0, row?.month ?? 0);
  }

  /** The names of the partitions that there are. */
  async names(tx: Tx): Promise<readonly string[]> {
    const rows = await this.database.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
       WHERE i.inhparent = $1::regclass ORDER BY 1`,
      [this.database.tables.audit],
      tx,
    );
    return rows.map(({ name }) => name);
  }

  /**
   * Makes the partition of a month. It is made apart and attached, because making it in place would lock
   * the audit against every insert. Where the default partition holds events of that month, they stay
   * there and so does the month.
   */
  async create({ name, from, to }: MonthPartition, tx: Tx): Promise<boolean> {
    const { audit } = this.database.tables;
    const table = this.#qualified(name);
    const [found] = await this.database.query<{ late: boolean }>(
      `SELECT EXISTS (SELECT FROM ${this.#qualified(DEFAULT_PARTITION)}
         WHERE occurred_at >= $1::timestamptz AND occurred_at < $2::timestamptz) AS late`,
      [from, to],
      tx,
    );
    if (found?.late === true) return false;
    await this.database.query(
      `CREATE TABLE ${table} (LIKE ${audit} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`,
      [],
      tx,
    );
    await this.database.query(
      `ALTER TABLE ${audit} ATTACH PARTITION ${table} FOR VALUES FROM ('${from}') TO ('${to}')`,
      [],
      tx,
    );
    return true;
  }

  /** Takes a partition out of the audit and deletes it, with however many events, at once. */
  async drop({ name }: AuditPartition, tx: Tx): Promise<number> {
    const table = this.#qualified(name);
    const [row] = await this.database.query<{ count: number }>(
      `SELECT GREATEST(reltuples, 0)::integer AS count FROM pg_class WHERE oid = $1::regclass`,
      [table],
      tx,
    );
    const { audit } = this.database.tables;
    await this.database.query(`ALTER TABLE ${audit} DETACH PARTITION ${table}`, [], tx);
    await this.database.query(`DROP TABLE ${table}`, [], tx);
    return row?.count ?? 0;
  }

  /** The oldest events of one partition from before a month; returns how many. */
  async removeFrom(name: string, before: Month, tx: Tx): Promise<number> {
    const table = this.#qualified(name);
    const p = new Parameters();
    const lastId = firstIdOf(Date.parse(before.start) + CLOCK_SLACK_MS);
    const rows = await this.database.query(
      `WITH old AS MATERIALIZED (
        SELECT id, occurred_at FROM ${table}
        WHERE id < ${p.add(lastId, 'uuid')} AND occurred_at < ${p.add(before.start, 'timestamptz')}
        ORDER BY id LIMIT ${PURGE_STEP_ROWS} FOR UPDATE SKIP LOCKED
      ) DELETE FROM ${table} WHERE (id, occurred_at) IN (SELECT id, occurred_at FROM old) RETURNING 1`,
      p.values,
      tx,
    );
    return rows.length;
  }

  #qualified(name: string): string {
    return `${quoteIdentifier(this.database.schema)}.${quoteIdentifier(name)}`;
  }
}
