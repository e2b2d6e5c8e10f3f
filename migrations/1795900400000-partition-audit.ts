import type { MigrationInterface, QueryRunner } from 'typeorm';
import { authSchemaOf } from '../src/database/auth-schema';
import { quoteIdentifier } from '../src/database/tables';

/** Months for which a partition is made, the current one included; the clean-up makes the later ones. */
const MONTHS = 3;

/**
 * Partitions the audit by month, and adds the record of clean-ups.
 *
 * No event is copied: the table that there is becomes the partition of everything up to the end of this
 * month. Only its new primary key is built, which keeps writers waiting; on a large table build the index
 * before, while everything runs, and the migration takes it over:
 *
 *   CREATE UNIQUE INDEX CONCURRENTLY audit_events_id_occurred_at ON auth.audit_events (id, occurred_at)
 */
export class PartitionAudit1795900400000 implements MigrationInterface {
  readonly name = 'PartitionAudit1795900400000';

  async up(runner: QueryRunner): Promise<void> {
    const schema = quoteIdentifier(authSchemaOf(runner.dataSource));
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    await runner.query(
      `CREATE UNIQUE INDEX IF NOT EXISTS audit_events_id_occurred_at
       ON ${schema}.audit_events (id, occurred_at)`,
    );
    const months = await comingMonths(runner);
    const isEmpty = await holdsNothing(runner, schema);
    const [firstOwn = 0, former] = isEmpty ? [0] : [1, `audit_events_before_${nameOf(months[1])}`];
    for (const statement of [
      ...setAside(schema, former ?? 'audit_events_former'),
      ...partitioned(schema, former ?? 'audit_events_former'),
      former === undefined
        ? `DROP TABLE ${schema}.audit_events_former`
        : `ALTER TABLE ${schema}.audit_events ATTACH PARTITION ${schema}.${former}
             FOR VALUES FROM (MINVALUE) TO ('${months[1]}')`,
      `CREATE TABLE ${schema}.audit_events_default PARTITION OF ${schema}.audit_events DEFAULT`,
      ...months.slice(firstOwn, MONTHS).map(
        (month, index) =>
          `CREATE TABLE ${schema}.audit_events_${nameOf(month)} PARTITION OF ${schema}.audit_events
             FOR VALUES FROM ('${month}') TO ('${months[firstOwn + index + 1]}')`,
      ),
      `CREATE TABLE ${schema}.clean_ups (
        name text PRIMARY KEY,
        started_at timestamptz NOT NULL,
        finished_at timestamptz,
        removed integer NOT NULL DEFAULT 0
      )`,
    ]) {
      await runner.query(statement);
    }
  }

  /** Copies every event, so it takes as long as there are events, and writers wait. */
  async down(runner: QueryRunner): Promise<void> {
    const schema = quoteIdentifier(authSchemaOf(runner.dataSource));
    await runner.query(`SET LOCAL lock_timeout = '5s'`);
    for (const statement of [
      `DROP TABLE ${schema}.clean_ups`,
      `LOCK TABLE ${schema}.audit_events IN SHARE MODE`,
      `CREATE TABLE ${schema}.audit_events_whole
        (LIKE ${schema}.audit_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`,
      `INSERT INTO ${schema}.audit_events_whole SELECT * FROM ${schema}.audit_events`,
      `DROP TABLE ${schema}.audit_events`,
      `ALTER TABLE ${schema}.audit_events_whole RENAME TO audit_events`,
      `ALTER TABLE ${schema}.audit_events ADD PRIMARY KEY (id)`,
      ...INDEXES.map(([name, columns]) => indexOf(schema, name, columns)),
    ]) {
      await runner.query(statement);
    }
  }
}

/** As the migrations before made them. */
const INDEXES = [
  ['audit_events_account_id', '(account_id, id)'],
  ['audit_events_grace', `(session_id) WHERE action = 'authn_token_grace'`],
  ['audit_events_actor_id', '(actor_id, id) WHERE actor_id IS NOT NULL'],
  ['audit_events_tenant_id', '(tenant_id, id) WHERE tenant_id IS NOT NULL'],
  ['audit_events_target', '(target, id) WHERE target IS NOT NULL'],
  ['audit_events_action', '(action, id)'],
] as const;

/** Gives the table and its indexes other names; the new table takes over the old ones. */
function setAside(schema: string, former: string): string[] {
  return [
    `ALTER TABLE ${schema}.audit_events RENAME TO ${former}`,
    `ALTER TABLE ${schema}.${former} DROP CONSTRAINT audit_events_pkey`,
    `ALTER TABLE ${schema}.${former}
      ADD CONSTRAINT ${former}_pkey PRIMARY KEY USING INDEX audit_events_id_occurred_at`,
    ...INDEXES.map(([name]) => {
      const column = name.slice('audit_events'.length);
      return `ALTER INDEX ${schema}.${name} RENAME TO ${former}${column}`;
    }),
  ];
}

/** A partition takes over whichever of its indexes equals one of these, and builds nothing again. */
function partitioned(schema: string, former: string): string[] {
  return [
    `CREATE TABLE ${schema}.audit_events
      (LIKE ${schema}.${former} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
      PARTITION BY RANGE (occurred_at)`,
    `ALTER TABLE ${schema}.audit_events ADD PRIMARY KEY (id, occurred_at)`,
    ...INDEXES.map(([name, columns]) => indexOf(schema, name, columns)),
  ];
}

function indexOf(schema: string, name: string, columns: string): string {
  return `CREATE INDEX ${name} ON ${schema}.audit_events ${columns}`;
}

/** The first moments of this month and the next ones, in database time and UTC. */
async function comingMonths(runner: QueryRunner): Promise<string[]> {
  const rows = (await runner.query(
    `SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n),
       'YYYY-MM-DD"T00:00:00Z"') AS month
     FROM generate_series(0, ${MONTHS}) AS n ORDER BY n`,
  )) as { month: string }[];
  return rows.map(({ month }) => month);
}

async function holdsNothing(runner: QueryRunner, schema: string): Promise<boolean> {
  const [row] = (await runner.query(
    `SELECT NOT EXISTS (SELECT FROM ${schema}.audit_events) AS empty`,
  )) as { empty: boolean }[];
  return row?.empty === true;
}

/** `2027-01-01T00:00:00Z` as the end of a name: `2027_01`. */
function nameOf(month = ''): string {
  return month.slice(0, 7).replace('-', '_');
}
