import { Client } from 'pg';
import { brokenAfter } from '../support/aftermath';
import { makePeople, refusedAfterLogout, type Person } from '../support/crowd';
import { OwnPostgres } from '../support/own-postgres';
import { PgBouncer } from '../support/pgbouncer';
import { record } from '../support/recorded-answer';
import { ADMIN, startServerProcess, type ServerProcess } from '../support/server-process';
import { describeWith } from '../support/system-program';

const BOUND_MILLISECONDS = 1000;
/** Fewer than the two pools of ten want: clients have to share, and state of a connection would leak. */
const POOLED_CONNECTIONS = 4;

describeWith('pgbouncer', 'two instances behind a pooler in transaction mode', () => {
  let postgres: OwnPostgres;
  let databaseUrl: string;
  let pooler: PgBouncer;
  let servers: ServerProcess[];
  let client: Client;

  beforeAll(async () => {
    postgres = await OwnPostgres.start();
    databaseUrl = await postgres.createDatabase();
    pooler = await PgBouncer.before(databaseUrl, POOLED_CONNECTIONS);
    const behind = { DATABASE_POOLER: 'transaction' };
    // The first migrates through the pooler, and its feed listens on a connection of its own; that of
    // the second has none and polls through the pooler.
    const listening = { ...behind, DATABASE_LISTEN_URL: databaseUrl };
    const first = await startServerProcess(pooler.url, listening);
    servers = [first, await startServerProcess(pooler.url, behind)];
    client = new Client({ connectionString: databaseUrl });
    await client.connect();
  }, 120_000);

  afterAll(async () => {
    await client.end();
    await Promise.all(servers.map((server) => server.stop()));
    await pooler.stop();
    await postgres.destroy();
  }, 60_000);

  const urls = () => servers.map(({ url }) => url);

  async function signedIn(count = 1): Promise<Person[]> {
    const people = await makePeople(databaseUrl, count);
    for (const [index, person] of people.entries()) {
      const { status } = await person.signIn(urls()[index % 2]!, index % 2);
      expect(status).toBe(200);
    }
    return people;
  }

  async function administrator(): Promise<string> {
    const { body } = await record({
      url: urls()[0]!,
      method: 'POST',
      path: '/auth/login',
      body: { ...ADMIN, transport: 'body' },
    });
    return body['access_token'] as string;
  }

  it('F-36: were migrated through it, and leave no lock, setting or statement on its connections', async () => {
    await signedIn(4);
    const [pools] = await Promise.all([pooler.show('POOLS')]);
    expect(pools).toEqual(
      expect.arrayContaining([expect.objectContaining({ pool_mode: 'transaction' })]),
    );
    const { rows } = await client.query<{ locks: number; connections: number }>(
      `SELECT (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory') AS locks,
         (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database()
            AND application_name = 'portcullis') AS connections`,
    );
    expect(rows[0]!.locks).toBe(0);
    expect(rows[0]!.connections).toBeLessThanOrEqual(POOLED_CONNECTIONS);
    const pooled = new Client({ connectionString: pooler.url });
    await pooled.connect();
    const prepared = await pooled.query('SELECT name FROM pg_prepared_statements');
    const limits = await pooled.query(`SELECT current_setting('lock_timeout') AS limit`);
    await pooled.end();
    expect(prepared.rows).toEqual([]);
    expect(limits.rows).toEqual([{ limit: '0' }]);
  });

  it('F-36: let people sign in, refresh at either instance, and sign out', async () => {
    const people = await signedIn(6);
    for (let round = 0; round < 4; round += 1) {
      const answers = await Promise.all(
        people.map((person, index) => person.refresh(urls()[(index + round) % 2]!, round % 2)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    }
    for (const person of people) {
      expect(await refusedAfterLogout(person, urls())).toBeLessThan(BOUND_MILLISECONDS);
      expect((await person.refresh(urls()[1]!)).body).toMatchObject({ code: 'session_revoked' });
    }
  });

  it('F-36: give 60 parallel refreshes of one token one successor, over few connections', async () => {
    const [person] = await signedIn();
    const token = person!.tokens.refresh_token;
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        person!.refresh(urls()[index % 2]!, index % 2, token),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body['refresh_token'])).size).toBe(1);
  });

  it('F-36: know a change of roles at both instances within the bound', async () => {
    const [person] = await signedIn();
    const token = await administrator();
    const ask = (index: number) =>
      record({ url: urls()[index]!, path: '/reports/summary', token: person!.tokens.access_token });
    expect((await Promise.all([ask(0), ask(1)])).map(({ status }) => status)).toEqual([403, 403]);
    const roles = await record({ url: urls()[0]!, path: '/admin/roles?q=manager', token });
    const [role] = roles.body['items'] as { id: string }[];
    const assigned = await record({
      url: urls()[0]!,
      method: 'POST',
      path: '/admin/assignments',
      token,
      body: { accountId: person!.accountId, roleId: role!.id, reason: 'a test' },
    });
    expect(assigned.status).toBe(201);
    const startedAt = performance.now();
    for (;;) {
      const statuses = (await Promise.all([ask(0), ask(1)])).map(({ status }) => status);
      if (statuses.every((status) => status === 200)) break;
      if (performance.now() - startedAt > 5 * BOUND_MILLISECONDS) break;
    }
    expect(performance.now() - startedAt).toBeLessThan(BOUND_MILLISECONDS);
  });

  it('F-36: rotate the signing key while both answer', async () => {
    const [person] = await signedIn();
    const token = await administrator();
    const rotated = await record({
      url: urls()[1]!,
      method: 'POST',
      path: '/admin/keys/rotate',
      token,
    });
    expect(rotated.status).toBeLessThan(300);
    for (const [index, url] of urls().entries()) {
      expect((await person!.refresh(url, index)).status).toBe(200);
      const { status } = await person!.ask({
        url,
        path: '/auth/sessions',
        token: person!.tokens.access_token,
      });
      expect(status).toBe(200);
    }
  });

  it('F-36: are whole afterwards', async () => {
    // Behind the pooler the connections of the pools are those of the pooler.
    expect(await brokenAfter({ databaseUrl, servers, poolSize: POOLED_CONNECTIONS })).toEqual([]);
  });
});
