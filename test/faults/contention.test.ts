import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { brokenAfter } from '../support/aftermath';
import { uncleanFailures } from '../support/clean-failure';
import { makePeople, type Person } from '../support/crowd';
import { FaultProxy } from '../support/fault-proxy';
import { OwnPostgres } from '../support/own-postgres';
import { record, type RecordedAnswer } from '../support/recorded-answer';
import { ADMIN, startServerProcess, type ServerProcess } from '../support/server-process';
import { execute } from '../support/test-server';
import { until } from '../support/until';
import { ENDS_SESSIONS } from './statements';

const POOL = 4;
/** The limits of docs/failures.md, in milliseconds: connection, lock, statement, answer. */
const LIMITS = { connection: 2000, lock: 2000, statement: 5000, answer: 7000 };
/** What a busy machine takes beside them. */
const SLACK = 2500;

describe('a database that is contended, slow or silent', () => {
  let postgres: OwnPostgres;
  let databaseUrl: string;
  let wire: FaultProxy;
  let server: ServerProcess;
  let administrator: string;
  let rival: Client;

  beforeAll(async () => {
    postgres = await OwnPostgres.start({ deadlock_timeout: '50ms' });
    databaseUrl = await postgres.createDatabase();
    wire = await FaultProxy.before(databaseUrl);
    server = await startServerProcess(wire.url, { DATABASE_POOL_SIZE: String(POOL) });
    rival = new Client({ connectionString: databaseUrl, application_name: 'rival' });
    await rival.connect();
    // Of a circle the server is the one that notices.
    await rival.query(`SET deadlock_timeout = '20s'`);
    const body = { ...ADMIN, transport: 'body' };
    const login = await record({ url: server.url, method: 'POST', path: '/auth/login', body });
    administrator = login.body['access_token'] as string;
  }, 60_000);

  afterEach(async () => {
    wire.pass();
    expect(await brokenAfter({ databaseUrl, servers: [server], poolSize: POOL })).toEqual([]);
  });

  afterAll(async () => {
    await rival.end();
    await server.stop();
    await wire.close();
    await postgres.destroy();
  }, 60_000);

  async function signedIn(count: number): Promise<Person[]> {
    const people = await makePeople(databaseUrl, count);
    await Promise.all(people.map((person) => person.signIn(server.url)));
    return people;
  }

  /** Routes that need no database: the probe of life, and one that only a token opens. */
  async function statusesWithoutDatabase(): Promise<number[]> {
    const answers = await Promise.all([
      record({ url: server.url, path: '/health/live' }),
      record({ url: server.url, path: '/admin/permissions', token: administrator }),
    ]);
    return answers.map(({ status }) => status);
  }

  function expectCleanRefusal(answers: readonly RecordedAnswer[], limit: number): void {
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(uncleanFailures(answers, { deadlineMilliseconds: limit + SLACK })).toEqual([]);
  }

  async function expectServed(people: readonly Person[]): Promise<void> {
    const answers = await Promise.all(people.map((person) => person.refresh(server.url)));
    expect(answers.map(({ status }) => status)).toEqual(people.map(() => 200));
  }

  it('F-6: a deadlock is run again: everywhere signed out, nothing alive, no error', async () => {
    const before = await deadlocks();
    const people = await signedIn(6);
    for (const person of people) {
      await rival.query('BEGIN');
      await rival.query('SELECT FROM auth.sessions WHERE account_id = $1 FOR UPDATE', [
        person.accountId,
      ]);
      const held = wire.hold('request', ENDS_SESSIONS);
      const answers = [everywhere(person)];
      await held;
      // The server holds the account and is about to want the sessions: with this it is a circle.
      const circle = rival.query('SELECT FROM auth.accounts WHERE id = $1 FOR UPDATE', [
        person.accountId,
      ]);
      await waitingForLock('rival', 1);
      answers.push(changePassword(person), person.refresh(server.url));
      wire.pass();
      await circle;
      await rival.query('COMMIT');
      for (const { status } of await Promise.all(answers))
        expect([200, 204, 401]).toContain(status);
      expect((await person.refresh(server.url)).status).toBe(401);
    }
    // A backend reports what it counted a moment later.
    await until(
      'a deadlock for each person',
      async () => (await deadlocks()) - before >= people.length,
    );
    expect(await brokenAfter({ databaseUrl, servers: [server], people, poolSize: POOL })).toEqual(
      [],
    );
  }, 60_000);

  it('F-6: what stays in the way after the last attempt is 503, and attempts are bounded', async () => {
    const [person] = await signedIn(1);
    await execute(
      databaseUrl,
      'CREATE SEQUENCE attempts',
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         PERFORM nextval('attempts'); RAISE EXCEPTION USING ERRCODE = '40001'; END $$`,
      `CREATE TRIGGER fail BEFORE UPDATE ON auth.sessions FOR EACH ROW EXECUTE FUNCTION fail()`,
    );
    const answer = await person!.refresh(server.url);
    await execute(databaseUrl, 'DROP TRIGGER fail ON auth.sessions', 'DROP FUNCTION fail()');
    expectCleanRefusal([answer], 0);
    const [row] = await execute(databaseUrl, `SELECT nextval('attempts')::int - 1 AS made`);
    expect(row).toEqual({ made: 4 });
    await expectServed([person!]);
  });

  it('F-7: a locked table exhausts the pool: 503 in time, while routes without a query answer', async () => {
    const people = await signedIn(10 * POOL);
    expect(await statusesWithoutDatabase()).toEqual([200, 200]);
    await rival.query('BEGIN');
    await rival.query('LOCK TABLE auth.sessions IN ACCESS EXCLUSIVE MODE');
    const refreshes = people.map((person) => person.refresh(server.url));
    await waitingForLock('portcullis', POOL);
    expect(await statusesWithoutDatabase()).toEqual([200, 200]);
    expectCleanRefusal(await Promise.all(refreshes), LIMITS.connection + LIMITS.lock);
    await rival.query('ROLLBACK');
    await expectServed(people);
  }, 30_000);

  it('F-8: each answer 2 s late: served or refused, never piled up', async () => {
    const people = await signedIn(10 * POOL);
    const before = memoryOf(server.pid);
    wire.delay({ toClient: 2000 });
    const injected = wire.injected;
    const answers = await Promise.all(people.map((person) => person.refresh(server.url)));
    expect(wire.injected).toBeGreaterThan(injected);
    expect(
      uncleanFailures(answers, {
        deadlineMilliseconds: LIMITS.connection + LIMITS.statement + SLACK,
      }),
    ).toEqual([]);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(POOL);
    expect(memoryOf(server.pid) - before).toBeLessThan(100);
    wire.pass();
    await expectServed(people);
  }, 30_000);

  it('F-8: a statement without an end is cancelled', async () => {
    const [person] = await signedIn(1);
    await execute(
      databaseUrl,
      `CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         PERFORM pg_sleep(60); RETURN NEW; END $$`,
      `CREATE TRIGGER dawdle BEFORE UPDATE ON auth.sessions FOR EACH ROW EXECUTE FUNCTION dawdle()`,
    );
    const answer = await person!.refresh(server.url);
    await execute(databaseUrl, 'DROP TRIGGER dawdle ON auth.sessions', 'DROP FUNCTION dawdle()');
    expectCleanRefusal([answer], LIMITS.statement);
    expect(postgres.log).toContain('canceling statement due to statement timeout');
    await expectServed([person!]);
  }, 30_000);

  it('F-8: a backend that stops half-way costs its caller 503, and leaves the pool', async () => {
    const people = await signedIn(POOL);
    const stopped = await backends();
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    try {
      while (stopped.some((pid) => stateOf(pid) !== 'T')) await sleep(10);
      const answers = await Promise.all(people.map((person) => person.refresh(server.url)));
      expectCleanRefusal(answers, LIMITS.answer);
      // The stopped ones are still stopped: these connections are new.
      await expectServed(people);
    } finally {
      for (const pid of stopped) process.kill(pid, 'SIGCONT');
    }
  }, 40_000);

  function everywhere({ tokens }: Person): Promise<RecordedAnswer> {
    const body = { scope: 'all' };
    const token = tokens.access_token;
    return record({ url: server.url, method: 'POST', path: '/auth/logout', body, token });
  }

  function changePassword({ tokens }: Person): Promise<RecordedAnswer> {
    const body = { currentPassword: ADMIN.password, newPassword: `${ADMIN.password} renewed` };
    const token = tokens.access_token;
    return record({ url: server.url, method: 'POST', path: '/auth/password/change', body, token });
  }

  async function deadlocks(): Promise<number> {
    // The counters of a backend are published when it is idle.
    await sleep(1100);
    const [row] = await execute(
      databaseUrl,
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    return Number(row!['deadlocks']);
  }

  async function backends(): Promise<number[]> {
    const rows = await execute(
      databaseUrl,
      `SELECT pid FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'portcullis'`,
    );
    return rows.map(({ pid }) => Number(pid));
  }

  /** Until so many statements of somebody wait for a lock. */
  async function waitingForLock(name: 'portcullis' | 'rival', count: number): Promise<void> {
    for (let look = 0; look < 500; look += 1) {
      const rows = await execute(
        databaseUrl,
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
         AND wait_event_type = 'Lock' AND application_name = '${name}'`,
      );
      if (rows.length >= count) return;
      await sleep(10);
    }
    throw new Error(`never were ${count} statements waiting`);
  }
});

/** Megabytes in memory. */
function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

/** One letter: `T` stands for stopped. */
function stateOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0]!;
}
