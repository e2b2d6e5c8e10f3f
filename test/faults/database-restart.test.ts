import { setTimeout as sleep } from 'node:timers/promises';
import { brokenAfter } from '../support/aftermath';
import { uncleanFailures } from '../support/clean-failure';
import {
  makePeople,
  refusedAfterLogout,
  RefreshingCrowd,
  REVOCATION_BOUND_MILLISECONDS,
  whoIsSignedOut,
  type Person,
} from '../support/crowd';
import { OwnPostgres, type StopMode } from '../support/own-postgres';
import type { RecordedAnswer } from '../support/recorded-answer';
import { Seeded } from '../support/seeded';
import { startServerProcess, type ServerProcess } from '../support/server-process';
import { execute } from '../support/test-server';

const PEOPLE = 40;
/** The promise of docs/failures.md. */
const RECOVERY_MILLISECONDS = 5000;
/** The time limit of a connection and of a statement, and what a busy machine takes beside them. */
const DEADLINE_MILLISECONDS = 8000;

/** So long nothing may fail before the outage counts as over. */
const CALM_MILLISECONDS = 1500;

/** When the database was back, and what was answered around it. */
interface Outage {
  readonly acceptingAt: number;
  readonly answers: () => readonly RecordedAnswer[];
}

describe('the database restarts under load', () => {
  const random = new Seeded('database-restart');
  let postgres: OwnPostgres;
  let databaseUrl: string;
  let servers: ServerProcess[];
  let people: Person[];

  beforeAll(async () => {
    postgres = await OwnPostgres.start();
    databaseUrl = await postgres.createDatabase();
    servers = [await startServerProcess(databaseUrl), await startServerProcess(databaseUrl)];
    people = await makePeople(databaseUrl, PEOPLE);
    await Promise.all(people.map((person) => person.signIn(servers[0]!.url)));
  }, 60_000);

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await postgres.destroy();
  }, 60_000);

  async function restartUnderLoad(mode: StopMode): Promise<Outage> {
    for (const { answers } of people) answers.length = 0;
    const urls = servers.map(({ url }) => url);
    const crowd = new RefreshingCrowd(people, { urls, perSecond: 200, random });
    await sleep(700);
    await postgres.stop(mode);
    await sleep(1200);
    await postgres.start();
    const outage = { acceptingAt: performance.now(), answers: () => crowd.answers };
    while (performance.now() - outage.acceptingAt < recoveryOf(outage) + CALM_MILLISECONDS) {
      await sleep(100);
      if (recoveryOf(outage) > 2 * RECOVERY_MILLISECONDS) break;
    }
    await crowd.stop();
    return outage;
  }

  /** Milliseconds from when the database accepts until nothing asked for fails any more. */
  function recoveryOf({ answers, acceptingAt }: Outage): number {
    const failures = answers().filter(
      ({ status, askedAt }) => status !== 200 && askedAt > acceptingAt,
    );
    return Math.max(0, ...failures.map(({ askedAt }) => askedAt - acceptingAt));
  }

  async function expectCleanOutage(outage: Outage): Promise<void> {
    const answers = outage.answers();
    expect(answers.filter(({ status }) => status === 503).length).toBeGreaterThan(20);
    expect(uncleanFailures(answers, { deadlineMilliseconds: DEADLINE_MILLISECONDS })).toEqual([]);
    expect(recoveryOf(outage)).toBeLessThan(RECOVERY_MILLISECONDS);
    expect(await whoIsSignedOut(people, servers[0]!.url)).toEqual([]);
    const urls = servers.map(({ url }) => url);
    expect(await refusedAfterLogout(people.pop()!, urls)).toBeLessThan(
      REVOCATION_BOUND_MILLISECONDS,
    );
    expect(await brokenAfter({ databaseUrl, servers, people })).toEqual([]);
  }

  it('F-1: a fast restart makes clean failures only, is over within 5 s, and signs nobody out', async () => {
    const outage = await restartUnderLoad('fast');
    expect(postgres.log).toContain('received fast shutdown request');
    await expectCleanOutage(outage);
  }, 60_000);

  it('F-2: of a crash every rotation that was answered is kept, and no token before it lives again', async () => {
    const outage = await restartUnderLoad('immediate');
    expect(postgres.log).toContain('received immediate shutdown request');
    expect(postgres.log).toContain('database system was not properly shut down');
    const rows = await execute(databaseUrl, 'SELECT id, counter FROM auth.sessions');
    const kept = new Map(rows.map(({ id, counter }) => [id, Number(counter)]));
    for (const { tokens } of people) {
      expect(kept.get(tokens.session.id)).toBeGreaterThanOrEqual(tokens.session.generation);
    }
    const [setting] = await execute(databaseUrl, 'SHOW synchronous_commit');
    expect(setting).toEqual({ synchronous_commit: 'on' });
    await expectCleanOutage(outage);
    const [thief] = people;
    const old = thief!.held.at(-4)!.refresh_token;
    expect((await thief!.refresh(servers[1]!.url, 1, old)).body['code']).toBe('refresh_reused');
    expect(await brokenAfter({ databaseUrl, servers, people })).toEqual([]);
  }, 60_000);
});
