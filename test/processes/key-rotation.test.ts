import { setTimeout as sleep } from 'node:timers/promises';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { Fleet } from '../support/fleet';
import { violationsIn } from '../support/invariants';
import { ADMIN } from '../support/server-process';
import { execute } from '../support/test-server';
import { TokenTraffic, type SignedToken } from '../support/token-traffic';

const BOUND_MILLISECONDS = 1000;
/** The instance that hears of the rotation last. */
const LATE = 2;
const EVERYWHERE = [0, 1, 2];

interface Key {
  readonly kid: string;
  readonly status: string;
}

describe('F-19: signing keys of three instances that serve', () => {
  let database: TestDatabase;
  let fleet: Fleet;
  let traffic: TokenTraffic;
  let first: string;
  let second: string;

  beforeAll(async () => {
    database = await emptyDatabase();
    fleet = await Fleet.start(database.url);
    traffic = new TokenTraffic(fleet, ADMIN);
    await traffic.start();
    [{ kid: first }] = (await keys()) as [Key];
  }, 120_000);

  afterAll(async () => {
    await traffic.stop();
    await fleet.stop();
    await database.drop();
  }, 60_000);

  async function keys(): Promise<readonly Key[]> {
    return (await fleet.administer<{ items: Key[] }>('GET', '/keys')).items;
  }

  /** Changes the times of a key, and lets everybody know as if an instance had done it. */
  async function change(kid: string, assignment: string): Promise<void> {
    await execute(
      database.url,
      `WITH told AS (INSERT INTO auth.changes (kind) VALUES ('keys'))
       UPDATE auth.signing_keys SET ${assignment} WHERE kid = '${kid}'`,
    );
  }

  async function publishedBy(instance: number): Promise<string[]> {
    const { body } = await fleet.ask(instance, 'GET', '/.well-known/jwks.json');
    return (body['keys'] as Key[]).map(({ kid }) => kid);
  }

  async function eventually(holds: () => Promise<boolean>, milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`not within ${milliseconds} ms`);
      await sleep(20);
    }
  }

  const statusesOf = (tokens: readonly SignedToken[]): Promise<number[]> =>
    Promise.all(
      EVERYWHERE.flatMap((instance) =>
        tokens.map(
          async ({ token }) =>
            (await fleet.ask(instance, 'GET', '/auth/session', { token })).status,
        ),
      ),
    );

  it('CR-3: publish the next key on every instance within the bound, a day before it signs', async () => {
    const next = await fleet.administer<Key>('POST', '/keys/rotate');
    expect(next.status).toBe('next');
    second = next.kid;
    await eventually(async () => {
      const published = await Promise.all(EVERYWHERE.map(publishedBy));
      return published.every((kids) => kids.includes(first) && kids.includes(second));
    }, BOUND_MILLISECONDS);
    expect(new Set(traffic.signed.map(({ kid }) => kid))).toEqual(new Set([first]));
  });

  it('CR-2: replace each other without one refused token, though an instance learns of it late', async () => {
    const changedAt = performance.now();
    // The instance stands still while the others change their key.
    process.kill(fleet.pidOf(LATE), 'SIGSTOP');
    try {
      await change(second, `activates_at = clock_timestamp() + interval '0.3 seconds'`);
      await eventually(
        () => Promise.resolve(traffic.signed.some(({ kid }) => kid === second)),
        10_000,
      );
      await sleep(1500);
    } finally {
      process.kill(fleet.pidOf(LATE), 'SIGCONT');
    }
    const startedAt = await traffic.signedEverywhereWith(second);
    const others = startedAt.filter((_, instance) => instance !== LATE);
    // It did pick it up later, and for more than a second the others' tokens were of the new key.
    expect(startedAt[LATE]! - Math.min(...others)).toBeGreaterThan(BOUND_MILLISECONDS);
    expect(Math.min(...others)).toBeGreaterThan(changedAt);
    expect((await keys()).map(({ kid, status }) => [kid, status])).toEqual([
      [second, 'current'],
      [first, 'retired'],
    ]);

    const old = traffic.newestOf(first);
    expect(old).toHaveLength(fleet.size);
    expect(new Set(await statusesOf([...old, ...traffic.newestOf(second)]))).toEqual(
      new Set([200]),
    );
    expect(traffic.failures).toEqual([]);
    expect(traffic.verifications).toBeGreaterThan(100);
  }, 60_000);

  it('CR-2, CR-3: stop to verify on every instance when the last token they signed is dead', async () => {
    const old = traffic.newestOf(first);
    await traffic.ignore(first);
    // As old as a token lives, twice the tolerance and the minute of a late instance.
    await change(first, `retired_at = clock_timestamp() - interval '671 seconds'`);
    await eventually(
      async () => (await statusesOf(old)).every((status) => status === 401),
      BOUND_MILLISECONDS,
    );
    for (const instance of EVERYWHERE) expect(await publishedBy(instance)).toEqual([second]);
    await fleet.renewAdministrator();
    expect((await keys()).map(({ kid, status }) => [kid, status])).toContainEqual([
      first,
      'retired',
    ]);
    expect(traffic.failures).toEqual([]);
  }, 30_000);

  it('CR-2: die within a second of an emergency, everywhere, while every session is refreshed', async () => {
    const doomed = traffic.newestOf(second);
    expect(new Set(await statusesOf(doomed))).toEqual(new Set([200]));
    await traffic.ignore(second);
    const revokedAt = performance.now();
    await fleet.administer('POST', `/keys/${second}/revoke`);
    await eventually(
      async () => (await statusesOf(doomed)).every((status) => status === 401),
      BOUND_MILLISECONDS - (performance.now() - revokedAt),
    );

    await fleet.renewAdministrator();
    const third = (await keys()).find(({ status }) => status === 'current')!.kid;
    expect([first, second]).not.toContain(third);
    await traffic.signedEverywhereWith(third);
    expect(new Set(await statusesOf(traffic.newestOf(third)))).toEqual(new Set([200]));
    // A token of the new key was never refused, and no refresh failed.
    expect(traffic.failures).toEqual([]);
    expect(fleet.output).not.toMatch(/unhandled|uncaught/i);
  }, 60_000);

  it('CR-2: give a key that is too old one successor, whichever instance is first', async () => {
    const current = (await keys()).find(({ status }) => status === 'current')!.kid;
    await change(current, `activated_at = clock_timestamp() - interval '90 days'`);
    await eventually(async () => (await keys()).some(({ status }) => status === 'next'), 10_000);
    // Long enough for the others, who found it due as well.
    await sleep(2500);
    expect((await keys()).filter(({ status }) => status === 'next')).toHaveLength(1);
    const made = await execute(
      database.url,
      `SELECT details FROM auth.audit_events
       WHERE action = 'crypto_key_created' AND details ? 'reason'`,
    );
    expect(made).toEqual([{ details: { algorithm: 'ES256', status: 'next', reason: 'age' } }]);
    expect(traffic.failures).toEqual([]);
  }, 30_000);

  it('leave nothing broken behind', async () => {
    await traffic.stop();
    expect(traffic.failures).toEqual([]);
    expect(await violationsIn(database.url)).toEqual([]);
    expect(fleet.output).not.toMatch(/unhandled|uncaught/i);
  });
});
