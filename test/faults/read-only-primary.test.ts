import { setTimeout as sleep } from 'node:timers/promises';
import { brokenAfter } from '../support/aftermath';
import { uncleanFailures } from '../support/clean-failure';
import { makePeople, type Person } from '../support/crowd';
import { FaultProxy } from '../support/fault-proxy';
import { OwnPostgres } from '../support/own-postgres';
import type { RecordedAnswer } from '../support/recorded-answer';
import { startServerProcess, type ServerProcess } from '../support/server-process';
import { execute } from '../support/test-server';
import { until } from '../support/until';

const DEADLINE_MILLISECONDS = 8000;
const MAX_STALENESS_MILLISECONDS = 10_000;

describe('a primary that becomes read-only, and another that takes over', () => {
  let primary: OwnPostgres;
  let standby: OwnPostgres;
  let databaseUrl: string;
  /** Between the instance and whichever server is the primary. */
  let wire: FaultProxy;
  /** Between the standby and the primary it follows. */
  let stream: FaultProxy;
  let server: ServerProcess;
  let people: Person[];

  beforeAll(async () => {
    primary = await OwnPostgres.start();
    databaseUrl = await primary.createDatabase();
    stream = await FaultProxy.before(databaseUrl);
    wire = await FaultProxy.before(databaseUrl);
    standby = await primary.makeStandby(stream.url);
    server = await startServerProcess(wire.url);
    people = await makePeople(databaseUrl, 6);
    await Promise.all(people.map((person) => person.signIn(server.url)));
  }, 90_000);

  afterAll(async () => {
    await server.stop();
    await Promise.all([wire.close(), stream.close()]);
    await Promise.all([primary.destroy(), standby.destroy()]);
  }, 60_000);

  /** A guarded route that needs no write: whether the access token is admitted. */
  function admitted(person: Person): Promise<RecordedAnswer> {
    const token = person.tokens.access_token;
    return person.ask({ url: server.url, path: '/auth/sessions', token });
  }

  function logout(person: Person): Promise<RecordedAnswer> {
    const body = { refresh_token: person.tokens.refresh_token };
    return person.ask({ url: server.url, method: 'POST', path: '/auth/logout', body });
  }

  async function statuses(asked: readonly Promise<RecordedAnswer>[]): Promise<number[]> {
    const answers = await Promise.all(asked);
    expect(
      uncleanFailures(
        answers.filter(({ status }) => status !== 401),
        { deadlineMilliseconds: DEADLINE_MILLISECONDS },
      ),
    ).toEqual([]);
    return answers.map(({ status }) => status);
  }

  it('F-9: on a read-only primary writes are 503, and verification goes on', async () => {
    const [first, second] = people as [Person, Person];
    await primary.configure('default_transaction_read_only', 'on');
    await until('writes fail', async () => (await first.refresh(server.url)).status === 503);
    expect(await statuses([second.refresh(server.url), logout(second)])).toEqual([503, 503]);
    expect(await statuses(people.map(admitted))).toEqual(people.map(() => 200));
    await primary.configure('default_transaction_read_only', 'off');
    await until('writes are back', async () => (await first.refresh(server.url)).status === 200);
    expect(await brokenAfter({ databaseUrl, servers: [server], people })).toEqual([]);
  }, 30_000);

  it('F-9: no revoked token is accepted by a standby that lags, nor after it took over', async () => {
    const [alive, gone, everywhere] = people as [Person, Person, Person];
    await until('the standby caught up', async () => (await lagOf(standby)) === 0);
    stream.refuse();
    expect(stream.injected).toBeGreaterThan(0);
    // The primary and this instance know of these; the standby never will.
    const body = { scope: 'all' };
    const token = everywhere.tokens.access_token;
    await everywhere.ask({ url: server.url, method: 'POST', path: '/auth/logout', body, token });
    await logout(gone);
    await primary.stop('immediate');
    wire.lead(standby.urlLike(databaseUrl));

    expect(await statuses([admitted(gone), admitted(everywhere)])).toEqual([401, 401]);
    expect(await statuses([gone.refresh(server.url), alive.refresh(server.url)])).toEqual([
      503, 503,
    ]);
    await sleep(MAX_STALENESS_MILLISECONDS + 1000);
    const stale = await admitted(alive);
    expect([stale.status, stale.body['code']]).toEqual([503, 'authority_stale']);

    await execute(standby.adminUrl, 'SELECT pg_promote()');
    const promotedAt = performance.now();
    await until('refreshes are back', async () => (await alive.refresh(server.url)).status === 200);
    await until('the feed is back', async () => (await admitted(alive)).status === 200);
    expect(performance.now() - promotedAt).toBeLessThan(5000);
    expect(await liveOnStandby([gone, everywhere])).toBe(2);
    expect(await statuses([admitted(gone), admitted(everywhere)])).toEqual([401, 401]);
    const late = [await gone.refresh(server.url), await everywhere.refresh(server.url)];
    expect(late.map(({ body: { code } }) => code)).toEqual(['session_revoked', 'session_revoked']);
    // The new primary has learnt it, for the instances that start from now on.
    expect(await liveOnStandby([gone, everywhere])).toBe(0);
    const aftermath = { databaseUrl: standby.urlLike(databaseUrl), servers: [server], people };
    expect(await brokenAfter(aftermath)).toEqual([]);
  }, 60_000);

  /** Bytes of the primary's log that a standby has not applied. */
  async function lagOf(follower: OwnPostgres): Promise<number> {
    const [there] = await execute(primary.adminUrl, 'SELECT pg_current_wal_lsn() AS lsn');
    const [here] = await execute(
      follower.adminUrl,
      `SELECT pg_wal_lsn_diff('${String(there!['lsn'])}', pg_last_wal_replay_lsn())::int AS lag`,
    );
    return Math.max(0, Number(here!['lag']));
  }

  async function liveOnStandby(of: readonly Person[]): Promise<number> {
    const ids = of.map(({ held }) => held[0]!.session.id).join(',');
    const rows = await execute(
      standby.urlLike(databaseUrl),
      `SELECT 1 FROM auth.sessions WHERE revoked_at IS NULL AND id = ANY ('{${ids}}')`,
    );
    return rows.length;
  }
});
