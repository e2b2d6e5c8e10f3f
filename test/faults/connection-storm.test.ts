import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { brokenAfter } from '../support/aftermath';
import { uncleanFailures } from '../support/clean-failure';
import {
  makePeople,
  refusedAfterLogout,
  REVOCATION_BOUND_MILLISECONDS,
  RefreshingCrowd,
  whoIsSignedOut,
  type Person,
} from '../support/crowd';
import { OwnPostgres } from '../support/own-postgres';
import { Seeded } from '../support/seeded';
import { startServerProcess, type ServerProcess } from '../support/server-process';
import { execute } from '../support/test-server';

const INSTANCES = 3;
const POOL = 4;
/** A few more than the instances need, so that others can take what they need. */
const MAX_CONNECTIONS = 24;
const FULL = 'sorry, too many clients already';
const DEADLINE_MILLISECONDS = 8000;
const RECOVERY_MILLISECONDS = 5000;

describe('a database without a connection to spare', () => {
  const random = new Seeded('connection-storm');
  let postgres: OwnPostgres;
  let databaseUrl: string;
  let servers: ServerProcess[];
  let people: Person[];
  const others: Client[] = [];

  beforeAll(async () => {
    postgres = await OwnPostgres.start({ max_connections: String(MAX_CONNECTIONS) });
    databaseUrl = await postgres.createDatabase();
    servers = [];
    for (let index = 0; index < INSTANCES; index += 1) {
      servers.push(await startServerProcess(databaseUrl, { DATABASE_POOL_SIZE: String(POOL) }));
    }
    people = await makePeople(databaseUrl, 30);
    await Promise.all(people.map((person) => person.signIn(servers[0]!.url)));
  }, 90_000);

  afterAll(async () => {
    await leave();
    await Promise.all(servers.map((server) => server.stop()));
    await postgres.destroy();
  }, 60_000);

  /** Others take every connection that is left. */
  async function crowdOut(): Promise<void> {
    for (let tries = 0; tries < 2 * MAX_CONNECTIONS; tries += 1) {
      const client = new Client({
        connectionString: postgres.adminUrl,
        application_name: 'others',
      });
      client.on('error', () => undefined);
      try {
        await client.connect();
        others.push(client);
      } catch {
        return;
      }
    }
  }

  async function leave(): Promise<void> {
    await Promise.all(others.splice(0).map((client) => client.end()));
  }

  it('F-39: after a restart that others fill, three instances fail cleanly and come back by themselves', async () => {
    for (const { answers } of people) answers.length = 0;
    const urls = servers.map(({ url }) => url);
    const crowd = new RefreshingCrowd(people, { urls, perSecond: 100, random });
    await sleep(300);
    await postgres.stop();
    await postgres.start();
    await crowdOut();
    await sleep(1500);
    expect(postgres.log).toContain(FULL);
    expect(others.length).toBeGreaterThan(MAX_CONNECTIONS / 3);
    await leave();
    const leftAt = performance.now();
    await sleep(RECOVERY_MILLISECONDS - 1000);
    await crowd.stop();
    const failures = crowd.answers.filter(({ status }) => status !== 200);
    expect(failures.length).toBeGreaterThan(5);
    expect(uncleanFailures(failures, { deadlineMilliseconds: DEADLINE_MILLISECONDS })).toEqual([]);
    const lastFailedAt = Math.max(...failures.map(({ askedAt }) => askedAt));
    expect(lastFailedAt - leftAt).toBeLessThan(RECOVERY_MILLISECONDS - 2000);
    expect(await whoIsSignedOut(people, urls[0]!)).toEqual([]);
    expect(await refusedAfterLogout(people.pop()!, urls)).toBeLessThan(
      REVOCATION_BOUND_MILLISECONDS,
    );
    expect(await brokenAfter({ databaseUrl, servers, people, poolSize: POOL })).toEqual([]);
  }, 60_000);

  it('F-39: an instance that starts meanwhile waits, and serves as soon as there is room', async () => {
    // Idle connections of the pools would make room while it waits.
    await execute(
      databaseUrl,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'portcullis'`,
    );
    await crowdOut();
    let isServing = false;
    const starting = startServerProcess(databaseUrl, { DATABASE_POOL_SIZE: String(POOL) });
    starting.then(
      () => (isServing = true),
      () => undefined,
    );
    await sleep(4000);
    expect(isServing).toBe(false);
    await leave();
    const late = await starting;
    servers.push(late);
    expect(late.output()).toMatch(/too many clients already/);
    const [person] = people as [Person];
    expect((await person.refreshPatiently(late.url)).status).toBe(200);
    expect(await brokenAfter({ databaseUrl, servers, people, poolSize: POOL })).toEqual([]);
  }, 60_000);
});
