import { performance } from 'node:perf_hooks';
import { PURGE_STEP_ROWS } from '../../src/database/purge';
import { Housekeeping } from '../../src/housekeeping/housekeeping.service';
import { PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';

const SESSIONS = 40_000;
const LOCK_BOUND_MILLISECONDS = 100;

/** Half of the sessions are live, and two instances clean up at once while somebody refreshes all the time. */
describe('the clean-up among many rows', () => {
  let first: AuthApp;
  let second: AuthApp;

  beforeAll(async () => {
    const options = { housekeeping: { enabled: false } };
    first = await startAuthApp({ options });
    second = await startAuthApp({ options, database: first.database });
    const account = await first.createAccount('person@example.test', 'reader');
    await first.sql(
      `INSERT INTO auth.sessions (id, account_id, transport, secret_digest, account_epoch,
         idle_expires_at, absolute_expires_at, amr, auth_time, user_agent_digest, revoked_at)
       SELECT gen_random_uuid(), $1, 'body', '\\x00', 1, now() + interval '1 day',
         now() + interval '1 day', '{pwd}', now(), '\\x00',
         CASE WHEN n % 2 = 0 THEN now() - interval '30 days' END
       FROM generate_series(1, ${SESSIONS}) AS n`,
      [account],
    );
    await first.sql(
      `INSERT INTO auth.guesses (key, lane, failures, next_at, window_ends_at, updated_at)
       SELECT uuid_send(gen_random_uuid()), CASE WHEN n % 2 = 0 THEN 'source' ELSE 'unknown_device' END,
         100, now() - interval '1 day', CASE WHEN n % 2 = 0 THEN now() - interval '1 day' END, now()
       FROM generate_series(1, ${SESSIONS / 2}) AS n`,
    );
  }, 120_000);

  afterAll(async () => {
    await second.close();
    await first.close();
  });

  it('F-37: removes no live row, keeps nobody waiting, and goes on where a run died', async () => {
    const { body } = await first.post('/auth/login', {
      email: 'person@example.test',
      password: PASSWORD,
      transport: 'body',
    });
    let token = (body as { refresh_token: string }).refresh_token;
    const one = first.nest.get(Housekeeping, { strict: false });
    const dying = one.cleanUp();
    await new Promise((resolve) => setTimeout(resolve, 100));
    one.stop();
    await dying;
    expect(await counted(`revoked_at IS NOT NULL`)).toBeGreaterThan(0);

    const waits = new LockWatch(first);
    const progress = { isOver: false };
    const other = second.nest.get(Housekeeping, { strict: false });
    const cleaning = Promise.all([other.cleanUp(), other.cleanUp()]).finally(
      () => (progress.isOver = true),
    );
    let refreshes = 0;
    while (!progress.isOver) {
      const { status, body: renewed } = await first.post('/auth/refresh', { refresh_token: token });
      expect(status).toBe(200);
      token = (renewed as { refresh_token: string }).refresh_token;
      refreshes += 1;
    }
    await cleaning;
    await other.cleanUp();

    expect(refreshes).toBeGreaterThan(5);
    expect(await waits.stop()).toBeLessThan(LOCK_BOUND_MILLISECONDS);
    expect(await counted(`revoked_at IS NOT NULL AND revoked_at < now() - interval '7 days'`)).toBe(
      0,
    );
    expect(await counted('revoked_at IS NULL')).toBe(SESSIONS / 2 + 1);
    const [guesses] = await first.sql<{ lanes: string }>(
      `SELECT string_agg(DISTINCT lane, ',') AS lanes FROM auth.guesses WHERE failures = 100`,
    );
    expect(guesses).toEqual({ lanes: 'unknown_device' });
  }, 120_000);

  it('makes steps of no more than a thousand rows', () => {
    expect(PURGE_STEP_ROWS).toBeLessThanOrEqual(1000);
  });

  async function counted(condition: string): Promise<number> {
    const [row] = await first.sql<{ count: number }>(
      `SELECT count(*)::integer AS count FROM auth.sessions WHERE ${condition}`,
    );
    return row!.count;
  }
});

/** The longest that any statement was seen to wait for a lock of another, in milliseconds. */
class LockWatch {
  #isStopped = false;
  readonly #watching: Promise<number>;

  constructor(private readonly app: AuthApp) {
    this.#watching = this.#watch();
  }

  stop(): Promise<number> {
    this.#isStopped = true;
    return this.#watching;
  }

  async #watch(): Promise<number> {
    let longest = 0;
    while (!this.#isStopped) {
      const startedAt = performance.now();
      const [row] = await this.app.sql<{ waited: number | null }>(
        `SELECT max(EXTRACT(epoch FROM clock_timestamp() - l.waitstart) * 1000)::float8 AS waited
         FROM pg_locks l JOIN pg_stat_activity a USING (pid)
         WHERE NOT l.granted AND a.datname = current_database()`,
      );
      longest = Math.max(longest, row?.waited ?? 0);
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(0, 5 - (performance.now() - startedAt))),
      );
    }
    return longest;
  }
}
