import { setTimeout as sleep } from 'node:timers/promises';
import { brokenAfter } from '../support/aftermath';
import { uncleanFailures } from '../support/clean-failure';
import { makePeople, type Person } from '../support/crowd';
import { FaultProxy } from '../support/fault-proxy';
import { OwnPostgres } from '../support/own-postgres';
import { Seeded } from '../support/seeded';
import { startServerProcess, type ServerProcess } from '../support/server-process';
import { execute } from '../support/test-server';
import { ENDS_SESSIONS, ROTATION } from './statements';

const DEADLINE_MILLISECONDS = 8000;

describe('answers that are lost, connections that are cut', () => {
  const random = new Seeded('lost-answers');
  let postgres: OwnPostgres;
  let databaseUrl: string;
  /** Between the victim and its database. */
  let wire: FaultProxy;
  /** Between clients and the victim. */
  let road: FaultProxy;
  let victim: ServerProcess;
  let other: ServerProcess;
  let people: Person[];

  beforeAll(async () => {
    postgres = await OwnPostgres.start();
    databaseUrl = await postgres.createDatabase();
    wire = await FaultProxy.before(databaseUrl);
    other = await startServerProcess(databaseUrl);
    victim = await startServerProcess(wire.url);
    road = await FaultProxy.before(victim.url);
  }, 60_000);

  beforeEach(async () => {
    people = await makePeople(databaseUrl, 12);
    await Promise.all(people.map((person) => person.signIn(other.url)));
  });

  afterEach(async () => {
    wire.pass();
    road.pass();
    expect(await brokenAfter({ databaseUrl, servers: [victim, other], people })).toEqual([]);
    expect(await alarms()).toBe(0);
  });

  afterAll(async () => {
    await Promise.all([victim.stop(), other.stop()]);
    await Promise.all([wire.close(), road.close()]);
    await postgres.destroy();
  }, 60_000);

  async function counterOf({ tokens }: Person): Promise<number> {
    const id = tokens.session.id;
    const [row] = await execute(
      databaseUrl,
      `SELECT counter FROM auth.sessions WHERE id = '${id}'`,
    );
    return Number(row!['counter']);
  }

  /** False alarms of theft; the tests that want one count it away. */
  async function alarms(): Promise<number> {
    const rows = await execute(
      databaseUrl,
      `SELECT 1 FROM auth.audit_events WHERE action = 'authn_token_reuse'
       AND occurred_at > clock_timestamp() - interval '1 minute'
       AND NOT details ? 'expected'`,
    );
    return rows.length;
  }

  /** Whoever lost an answer presents the same token again, elsewhere, and goes on with what comes back. */
  async function expectConvergence(person: Person, generation: number): Promise<void> {
    const retried = await person.refresh(other.url);
    expect([retried.status, await counterOf(person)]).toEqual([200, generation]);
    const used = await person.refresh(victim.url);
    expect([used.status, await counterOf(person)]).toEqual([200, generation + 1]);
  }

  it('F-3: an answer dropped between commit and client is recovered inside the grace', async () => {
    for (const person of people) {
      const before = road.injected;
      const lost = road.loseAnswer(/POST \/auth\/refresh/);
      expect((await person.refresh(road.url)).status).toBe(0);
      await lost;
      expect(road.injected).toBe(before + 1);
      expect(await counterOf(person)).toBe(1);
      await sleep(random.below(20));
      await expectConvergence(person, 1);
    }
  }, 60_000);

  it('F-3: so is the answer of a process that was killed after the commit; after the grace it is reuse', async () => {
    const [early, late] = people as [Person, Person];
    const held = wire.hold('answer', ROTATION);
    const hanging = [early.refresh(victim.url)];
    await held;
    const heldToo = wire.hold('answer', ROTATION);
    hanging.push(late.refresh(victim.url));
    await heldToo;
    expect([await counterOf(early), await counterOf(late)]).toEqual([1, 1]);
    await victim.kill();
    expect((await Promise.all(hanging)).map(({ status }) => status)).toEqual([0, 0]);
    wire.pass();
    victim = await startServerProcess(wire.url);
    road.lead(victim.url);
    await expectConvergence(early, 1);
    await execute(
      databaseUrl,
      `UPDATE auth.sessions SET rotated_at = rotated_at - interval '31 seconds'
       WHERE id = '${late.tokens.session.id}'`,
    );
    expect((await late.refresh(other.url)).body['code']).toBe('refresh_reused');
    await execute(
      databaseUrl,
      `UPDATE auth.audit_events SET details = details || '{"expected": true}'
       WHERE action = 'authn_token_reuse' AND session_id = '${late.tokens.session.id}'`,
    );
  }, 60_000);

  it('F-4: a backend that dies in the second statement of a transaction undoes the first', async () => {
    await execute(
      databaseUrl,
      `CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NEW; END $$`,
      `CREATE TRIGGER die BEFORE UPDATE ON auth.sessions FOR EACH ROW EXECUTE FUNCTION die()`,
    );
    const answers = await Promise.all(
      people.map((person, index) =>
        index % 2 === 0 ? everywhere(person) : person.refresh(victim.url),
      ),
    );
    await execute(databaseUrl, 'DROP TRIGGER die ON auth.sessions', 'DROP FUNCTION die()');
    expect(answers.map(({ status }) => status)).toEqual(people.map(() => 503));
    expect(uncleanFailures(answers, { deadlineMilliseconds: DEADLINE_MILLISECONDS })).toEqual([]);
    expect(postgres.log).toContain('terminating connection due to administrator command');
    await expectNothingHappened();
  }, 60_000);

  it('F-4: so does an application that is killed between the two', async () => {
    const [person] = people as [Person];
    const held = wire.hold('request', ENDS_SESSIONS);
    const hanging = everywhere(person);
    await held;
    await victim.kill();
    expect((await hanging).status).toBe(0);
    wire.pass();
    victim = await startServerProcess(wire.url);
    road.lead(victim.url);
    await expectNothingHappened();
  }, 60_000);

  it('F-5: a COMMIT whose answer is lost happened, one that is lost did not, and a retry ends alike', async () => {
    for (const [index, person] of people.entries()) {
      const isHeard = index % 2 === 0;
      const lost = isHeard ? wire.loseAnswer(/COMMIT/) : wire.loseRequest(/COMMIT/);
      const answer = await everywhere(person);
      await lost;
      expect(answer.status).toBe(503);
      expect(uncleanFailures([answer], { deadlineMilliseconds: DEADLINE_MILLISECONDS })).toEqual(
        [],
      );
      const again = await everywhere(person);
      expect(again.status).toBe(isHeard ? 401 : 204);
      const after = await person.refresh(other.url);
      expect([after.status, after.body['code']]).toEqual([401, 'session_revoked']);
    }
  }, 60_000);

  it('F-5: a rotation cut before or after it happened converges on one leaf', async () => {
    for (const [index, person] of people.entries()) {
      const isHeard = index % 2 === 0;
      const lost = isHeard ? wire.loseAnswer(ROTATION) : wire.loseRequest(ROTATION);
      const answer = await person.refresh(victim.url);
      await lost;
      expect(answer.status).toBe(503);
      expect(uncleanFailures([answer], { deadlineMilliseconds: DEADLINE_MILLISECONDS })).toEqual(
        [],
      );
      expect(await counterOf(person)).toBe(isHeard ? 1 : 0);
      await expectConvergence(person, 1);
    }
  }, 60_000);

  function everywhere(person: Person) {
    return person.ask({
      url: victim.url,
      method: 'POST',
      path: '/auth/logout',
      body: { scope: 'all' },
      token: person.tokens.access_token,
    });
  }

  /** Every session lives in its first generation, and its token still rotates it. */
  async function expectNothingHappened(): Promise<void> {
    expect(await brokenAfter({ databaseUrl, servers: [victim, other], people })).toEqual([]);
    for (const person of people) {
      expect(await counterOf(person)).toBe(0);
      expect((await person.refresh(victim.url)).status).toBe(200);
    }
    const [row] = await execute(
      databaseUrl,
      `SELECT max(security_epoch)::int AS epoch FROM auth.accounts
       WHERE id = ANY ('{${people.map(({ accountId }) => accountId).join(',')}}')`,
    );
    expect(row).toEqual({ epoch: 1 });
  }
});
