import { DataSource } from 'typeorm';
import { AUTH_MIGRATIONS } from '../../migrations/index';
import { PartitionAudit1795900400000 } from '../../migrations/1795900400000-partition-audit';
import { AuditService } from '../../src/audit/audit.service';
import { authEntities } from '../../src/entities';
import { Housekeeping } from '../../src/housekeeping/housekeeping.service';
import { startAuthApp, type AuthApp } from '../support/auth-app';
import { emptyDatabase, type TestDatabase } from '../support/database';

/** Nothing else in these tests does this. */
const ACTION = 'authn_login_success';

const ALL = { tenantId: undefined };

/** A month as its partition is named, counted from the current one. */
function named(months: number, prefix = 'audit_events_'): string {
  const now = new Date();
  const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1));
  return `${prefix}${month.toISOString().slice(0, 7).replace('-', '_')}`;
}

const PARTITIONS = `SELECT inhrelid::regclass::text AS name FROM pg_inherits
  WHERE inhparent = 'auth.audit_events'::regclass ORDER BY 1`;

const addEvents = (count: number, months: number) => `INSERT INTO auth.audit_events
  (id, occurred_at, action, outcome) SELECT
    (lpad(to_hex((EXTRACT(epoch FROM moment) * 1000)::bigint), 12, '0')
      || substr(replace(gen_random_uuid()::text, '-', ''), 13))::uuid,
    moment, '${ACTION}', 'success'
  FROM (SELECT now() + make_interval(months => ${months}) + make_interval(secs => n * 0.001) AS moment
        FROM generate_series(1, ${count}) AS n) AS moments`;

describe('the partitions of the audit', () => {
  let app: AuthApp;

  beforeEach(async () => {
    app = await startAuthApp({ options: { housekeeping: { enabled: false, auditMonths: 2 } } });
  });

  afterEach(() => app.close());

  const cleanUp = () => app.nest.get(Housekeeping, { strict: false }).cleanUp();

  async function partitions(): Promise<string[]> {
    const rows = await app.sql<{ name: string }>(PARTITIONS);
    return rows.map(({ name }) => name.replace('auth.', ''));
  }

  async function events(): Promise<number> {
    const [row] = await app.sql<{ count: number }>(
      `SELECT count(*)::integer AS count FROM auth.audit_events WHERE action = '${ACTION}'`,
    );
    return row!.count;
  }

  it('are there for this month and the next two, and a default one for whatever fits none', async () => {
    const fresh = ['audit_events_default', named(0), named(1), named(2)].sort();
    expect(await partitions()).toEqual(fresh);
    await app.createAccount('person@example.test', 'reader');
    const [row] = await app.sql(`SELECT tableoid::regclass::text AS name FROM auth.audit_events`);
    expect(row).toEqual({ name: `auth.${named(0)}` });
  });

  it('never make an insert fail, not even without a single month', async () => {
    for (const name of [named(0), named(1), named(2)]) await app.sql(`DROP TABLE auth.${name}`);
    await app.createAccount('person@example.test', 'reader');
    const [row] = await app.sql(
      `SELECT DISTINCT tableoid::regclass::text AS name FROM auth.audit_events`,
    );
    expect(row).toEqual({ name: 'auth.audit_events_default' });

    // What lies in the default partition keeps its month there; the later ones are made.
    await cleanUp();
    expect(await partitions()).toEqual(
      ['audit_events_default', named(1), named(2), named(3)].sort(),
    );
  });

  it('are made three months ahead, once, however often and by however many', async () => {
    await Promise.all([cleanUp(), cleanUp(), cleanUp()]);
    await cleanUp();
    const wanted = ['audit_events_default', named(0), named(1), named(2), named(3)].sort();
    expect(await partitions()).toEqual(wanted);
  });

  it('are deleted by whole months after the retention, and stray old events with them', async () => {
    for (const [months, name] of [
      [-3, named(-3)],
      [-2, named(-2)],
    ] as const) {
      await app.sql(`CREATE TABLE auth.${name} PARTITION OF auth.audit_events FOR VALUES
        FROM ('${monthStart(months)}') TO ('${monthStart(months + 1)}')`);
      await app.sql(addEvents(10, months));
    }
    await app.sql(addEvents(1500, -8));
    await app.sql(addEvents(5, 0));
    await cleanUp();
    expect(await partitions()).toContain(named(-2));
    expect(await partitions()).not.toContain(named(-3));
    expect(await events()).toBe(15);
    const [gone] = await app.sql(`SELECT to_regclass('auth.${named(-3)}')::text AS gone`);
    expect(gone).toEqual({ gone: null });
  });

  it('are kept for ever without a retention', async () => {
    await app.sql(addEvents(3, -30));
    const keeping = await startAuthApp({ database: app.database });
    try {
      await keeping.nest.get(Housekeeping, { strict: false }).cleanUp();
      expect(await events()).toBe(3);
    } finally {
      await keeping.close();
    }
  });

  it('are read as one list, the newest first, page by page', async () => {
    await cleanUp();
    for (const months of [-1, 0, 1, 2]) await app.sql(addEvents(30, months));
    const audit = app.nest.get(AuditService, { strict: false });
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await audit.list({ action: ACTION, limit: 25, cursor }, ALL);
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(ids).toHaveLength(120);
    expect(ids).toEqual([...ids].sort().reverse());
  });

  it('are read by their indexes, a page at a time, and only those of the time that is asked for', async () => {
    await cleanUp();
    for (const months of [-1, 0, 1, 2]) await app.sql(addEvents(20_000, months));
    await app.sql('ANALYZE auth.audit_events');
    for (const condition of ['true', `action = 'authn_login_success'`, 'account_id IS NULL']) {
      const plan = await planOf(condition);
      expect(plan).toMatch(/Merge Append/);
      expect(plan).not.toMatch(/Seq Scan on audit_events_2|Sort Method|Sort Key: .*\n.*Seq Scan/);
      expect(rowsRead(plan)).toBeLessThan(500);
    }
    const bounded = await planOf(`occurred_at >= now() + interval '40 days'`);
    expect(bounded).not.toContain(named(0));
  });

  async function planOf(condition: string): Promise<string> {
    const rows = await app.sql<{ 'QUERY PLAN': string }>(
      `EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT id, action FROM auth.audit_events
       WHERE ${condition} ORDER BY id DESC LIMIT 51`,
    );
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  function rowsRead(plan: string): number {
    const scans = [...plan.matchAll(/Scan.*actual rows=([\d.]+)/g)];
    return scans.reduce((sum, [, rows]) => sum + Number(rows), 0);
  }

  function monthStart(months: number): string {
    return `${named(months, '').replace('_', '-')}-01T00:00:00Z`;
  }
});

describe('the migration that partitions the audit', () => {
  let database: TestDatabase;
  const opened: DataSource[] = [];

  beforeEach(async () => {
    database = await emptyDatabase();
  });

  afterEach(async () => {
    for (const dataSource of opened.splice(0)) await dataSource.destroy();
    await database.drop();
  });

  async function connect(migrations = AUTH_MIGRATIONS): Promise<DataSource> {
    const dataSource = new DataSource({
      type: 'postgres',
      url: database.url,
      entities: [...authEntities()],
      migrations,
      installExtensions: false,
    });
    opened.push(dataSource);
    return dataSource.initialize();
  }

  /** A database of before, with events of before. */
  async function before(): Promise<DataSource> {
    const own = AUTH_MIGRATIONS.indexOf(PartitionAudit1795900400000);
    const old = await connect(AUTH_MIGRATIONS.slice(0, own));
    await old.runMigrations({ transaction: 'each' });
    for (const months of [-14, -1, 0]) await old.query(addEvents(100, months));
    return old;
  }

  async function fileOf(dataSource: DataSource, table: string): Promise<string> {
    const [row] = await dataSource.query<{ path: string }[]>(
      `SELECT pg_relation_filepath('auth.${table}') AS path`,
    );
    return row!.path;
  }

  it('keeps every event where it lies, and takes new ones', async () => {
    const old = await before();
    const file = await fileOf(old, 'audit_events');
    const migrated = await connect();
    await migrated.runMigrations({ transaction: 'each' });
    const former = `audit_events_before_${named(1, '')}`;
    expect(await fileOf(migrated, former)).toBe(file);
    expect(await migrated.query(PARTITIONS)).toEqual(
      [former, 'audit_events_default', named(1), named(2)]
        .sort()
        .map((name) => ({ name: `auth.${name}` })),
    );
    await migrated.query(addEvents(10, 0));
    await migrated.query(addEvents(10, 1));
    expect(await countOf(migrated)).toBe(320);
  });

  it('takes over an index that was built before while everything ran', async () => {
    const old = await before();
    await old.query(
      `CREATE UNIQUE INDEX CONCURRENTLY audit_events_id_occurred_at
       ON auth.audit_events (id, occurred_at)`,
    );
    const [{ path }] = await old.query<[{ path: string }]>(
      `SELECT pg_relation_filepath('auth.audit_events_id_occurred_at') AS path`,
    );
    const migrated = await connect();
    await migrated.runMigrations({ transaction: 'each' });
    expect(await fileOf(migrated, `audit_events_before_${named(1, '')}_pkey`)).toBe(path);
  });

  it('can be reverted, and run again, without losing an event', async () => {
    await before();
    const migrated = await connect();
    await migrated.runMigrations({ transaction: 'each' });
    await migrated.query(addEvents(10, 1));
    const own = AUTH_MIGRATIONS.indexOf(PartitionAudit1795900400000);
    for (let left = AUTH_MIGRATIONS.length; left > own; left -= 1) {
      await migrated.undoLastMigration({ transaction: 'each' });
    }
    expect(await countOf(migrated)).toBe(310);
    const [kind] = await migrated.query<{ relkind: string }[]>(
      `SELECT relkind FROM pg_class WHERE oid = 'auth.audit_events'::regclass`,
    );
    expect(kind).toEqual({ relkind: 'r' });
    // Events of months to come, which only a test can have made, would not fit under this month's end.
    await migrated.query(
      `DELETE FROM auth.audit_events WHERE occurred_at > now() + interval '1 day'`,
    );
    await migrated.runMigrations({ transaction: 'each' });
    expect(await countOf(migrated)).toBe(300);
  });

  it('gives up within its limit where somebody holds the table, and leaves everything as it was', async () => {
    const old = await before();
    const holder = old.createQueryRunner();
    await holder.startTransaction();
    await holder.query('SELECT 1 FROM auth.audit_events LIMIT 1');
    const migrated = await connect();
    await expect(migrated.runMigrations({ transaction: 'each' })).rejects.toThrow(/lock timeout/);
    await holder.rollbackTransaction();
    await holder.release();
    expect(await countOf(old)).toBe(300);
    await migrated.runMigrations({ transaction: 'each' });
    expect(await countOf(migrated)).toBe(300);
  }, 60_000);

  async function countOf(dataSource: DataSource): Promise<number> {
    const [row] = await dataSource.query<{ count: number }[]>(
      'SELECT count(*)::integer AS count FROM auth.audit_events',
    );
    return row!.count;
  }
});
