import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { AUTH_MIGRATIONS } from '../../migrations/index';
import { PartitionAudit1795900400000 as PartitionAudit } from '../../migrations/1795900400000-partition-audit';
import { authEntities } from '../../src/entities';
import { brokenAfter } from '../support/aftermath';
import { uncleanFailures } from '../support/clean-failure';
import { makePeople, RefreshingCrowd, whoIsSignedOut, type Person } from '../support/crowd';
import { OwnPostgres } from '../support/own-postgres';
import type { RecordedAnswer } from '../support/recorded-answer';
import { Seeded } from '../support/seeded';
import { startServerProcess, type ServerProcess } from '../support/server-process';
import { execute } from '../support/test-server';

/** No hot table may be out of reach for longer. */
const LOCK_LIMIT_MILLISECONDS = 1000;
const SCHEMA = `SELECT table_name, column_name, data_type, is_nullable, column_default
  FROM information_schema.columns WHERE table_schema = 'auth' ORDER BY 1, 2`;

/** As a version of tomorrow would begin: it only adds, and nothing of today knows of it. */
class Tomorrow implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '1s'`);
    await runner.query(`ALTER TABLE auth.sessions ADD COLUMN label text, ADD CHECK (label <> '')`);
    await runner.query(`ALTER TABLE auth.accounts ADD COLUMN locale text NOT NULL DEFAULT 'en'`);
    await runner.query(`CREATE TABLE auth.labels (
      session_id uuid REFERENCES auth.sessions (id) ON DELETE CASCADE, label text NOT NULL)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '1s'`);
    await runner.query(`DROP TABLE auth.labels`);
    await runner.query(`ALTER TABLE auth.accounts DROP COLUMN locale`);
    await runner.query(`ALTER TABLE auth.sessions DROP COLUMN label`);
  }
}

describe('migrations while instances serve', () => {
  const random = new Seeded('migration-while-serving');
  let postgres: OwnPostgres;
  let databaseUrl: string;
  let migrator: DataSource;
  let servers: ServerProcess[];
  let people: Person[];

  beforeAll(async () => {
    postgres = await OwnPostgres.start();
    databaseUrl = await postgres.createDatabase();
    servers = [await startServerProcess(databaseUrl), await startServerProcess(databaseUrl)];
    people = await makePeople(databaseUrl, 30);
    await Promise.all(people.map((person) => person.signIn(servers[0]!.url)));
    migrator = new DataSource({
      type: 'postgres',
      url: databaseUrl,
      applicationName: 'migrator',
      entities: [...authEntities()],
      migrations: AUTH_MIGRATIONS,
      installExtensions: false,
    });
    await migrator.initialize();
  }, 60_000);

  afterAll(async () => {
    await migrator.destroy();
    await Promise.all(servers.map((server) => server.stop()));
    await postgres.destroy();
  }, 60_000);

  /** One step, in a transaction of its own as the migrator makes it. */
  async function step(work: (runner: QueryRunner) => Promise<void>): Promise<void> {
    const runner = migrator.createQueryRunner();
    try {
      await runner.startTransaction();
      await work(runner);
      await runner.commitTransaction();
    } finally {
      if (runner.isTransactionActive) await runner.rollbackTransaction();
      await runner.release();
    }
  }

  async function underLoad(work: () => Promise<void>): Promise<readonly RecordedAnswer[]> {
    for (const { answers } of people) answers.length = 0;
    const urls = servers.map(({ url }) => url);
    const crowd = new RefreshingCrowd(people, { urls, perSecond: 120, random });
    await sleep(500);
    await work();
    await sleep(500);
    await crowd.stop();
    return crowd.answers;
  }

  async function expectNobodyNoticed(answers: readonly RecordedAnswer[]): Promise<void> {
    expect(answers.length).toBeGreaterThan(people.length);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const limits = { deadlineMilliseconds: LOCK_LIMIT_MILLISECONDS };
    expect(uncleanFailures(answers, limits)).toEqual([]);
    expect(await whoIsSignedOut(people, servers[0]!.url)).toEqual([]);
    expect(await brokenAfter({ databaseUrl, servers, people })).toEqual([]);
  }

  it('F-20: what only adds goes up beside the version before, and down again', async () => {
    const before = await execute(databaseUrl, SCHEMA);
    const tomorrow = new Tomorrow();
    let late: ServerProcess | undefined;
    const answers = await underLoad(async () => {
      await step((runner) => tomorrow.up(runner));
      // An instance of the version before that starts now finds nothing to do, and serves.
      late = await startServerProcess(databaseUrl);
      servers.push(late);
      expect((await people[0]!.refreshPatiently(late.url)).status).toBe(200);
      await step((runner) => tomorrow.down(runner));
    });
    expect(late!.output()).not.toContain('migrated:');
    await expectNobodyNoticed(answers);
    expect(await execute(databaseUrl, SCHEMA)).toEqual(before);
  }, 60_000);

  it('F-20: the audit is made whole and partitioned again under load, without losing an event', async () => {
    const before = await execute(databaseUrl, SCHEMA);
    const partitioned = `SELECT relkind FROM pg_class WHERE oid = 'auth.audit_events'::regclass`;
    const migration = new PartitionAudit();
    const answers = await underLoad(async () => {
      await step((runner) => migration.down(runner));
      expect(await execute(databaseUrl, partitioned)).toEqual([{ relkind: 'r' }]);
      await sleep(300);
      await step((runner) => migration.up(runner));
    });
    expect(await execute(databaseUrl, partitioned)).toEqual([{ relkind: 'p' }]);
    await expectNobodyNoticed(answers);
    const names = ({ table_name: name }: Record<string, unknown>) =>
      !String(name).startsWith('audit_events_');
    expect((await execute(databaseUrl, SCHEMA)).filter(names)).toEqual(before.filter(names));
  }, 60_000);
});
