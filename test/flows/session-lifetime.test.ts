import { SessionActivity } from '../../src/sessions/session-activity';
import type { SessionOptions } from '../../src/options/session-options';
import { ageSession, auditOf } from '../support/aged-sessions';
import { PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { FakeClock } from '../support/fake-clock';
import { violationsIn } from '../support/invariants';
import { waitForLock } from '../support/lock-wait';
import { BodyClient, PageClient, said, signedInPage as signedIn } from '../support/session-client';

const DAY = 86_400;
const IDLE = 14 * DAY;

describe('how long a session of the session transport lasts', () => {
  let database: TestDatabase;
  let app: AuthApp;
  let clock: FakeClock;
  const apps: AuthApp[] = [];

  const start = async (sessions: SessionOptions = {}) => {
    clock = new FakeClock(Date.now());
    const started = await startAuthApp({ database, clock, options: { sessions } });
    apps.push(started);
    return started;
  };
  const flush = (of = app) => of.nest.get(SessionActivity, { strict: false }).flush();
  const timesOf = async (page: PageClient) => {
    const [row] = await app.sql<{ seen: Date; idle: Date }>(
      'SELECT last_seen_at AS seen, idle_expires_at AS idle FROM auth.sessions WHERE id = $1',
      [page.sessionId],
    );
    return row!;
  };
  /** Time passes for the database and for the instance alike. */
  const pass = async (page: PageClient, seconds: number) => {
    await ageSession(app, page.sessionId, seconds);
    clock.advanceSeconds(seconds);
    await app.settle();
  };

  beforeAll(async () => {
    database = await cloneDatabase();
  });
  beforeEach(async () => {
    app = await start();
  });
  afterEach(async () => {
    for (const started of apps.splice(0)) await started.close();
  });
  afterAll(async () => {
    expect(await violationsIn(database.url)).toEqual([]);
    await database.drop();
  });

  it('SS-4: ends unless it is used, and every use counts from then on', async () => {
    const { page } = await signedIn(app, 'reader');
    await pass(page, IDLE - 60);
    expect((await page.get('/things')).status).toBe(200);
    await flush();
    await pass(page, IDLE - 60);
    expect((await page.get('/things')).status).toBe(200);
    await flush();
    await pass(page, IDLE + 1);
    expect(said(await page.get('/things'))).toEqual([401, 'session_expired']);
  });

  it('SS-4: is not kept by what nobody does', async () => {
    const { page } = await signedIn(app, 'reader');
    const before = await timesOf(page);
    const background = { 'x-auth-activity': 'background' };
    for (let look = 0; look < 3; look += 1) {
      expect((await page.get('/things', background)).status).toBe(200);
    }
    await flush();
    expect(await timesOf(page)).toEqual(before);
    await pass(page, IDLE + 1);
    expect(said(await page.get('/things', background))).toEqual([401, 'session_expired']);
  });

  it('SS-4: reads write nothing; their use is written once for all of them', async () => {
    const { page } = await signedIn(app, 'reader');
    await page.get('/things');
    await flush();
    const before = await timesOf(page);
    const runner = jest.spyOn(app.dataSource, 'createQueryRunner');
    for (let read = 0; read < 20; read += 1) await page.get('/things');
    expect(runner).not.toHaveBeenCalled();
    await flush();
    expect(runner).toHaveBeenCalledTimes(1);
    runner.mockRestore();
    const after = await timesOf(page);
    expect(after.seen.getTime()).toBeGreaterThan(before.seen.getTime());
    expect(after.idle.getTime()).toBeGreaterThan(before.idle.getTime());
  });

  it('SS-4: what this instance has not written yet counts, and what another wrote does', async () => {
    const { page } = await signedIn(app, 'reader');
    const mine = clock;
    await page.get('/things');
    const other = await start();
    clock = mine;
    await pass(page, IDLE - 60);
    // Used elsewhere; this instance remembers the old end and asks before it refuses.
    expect((await other.get('/things').set('Cookie', page.cookieHeader())).status).toBe(200);
    await flush(other);
    await pass(page, 120);
    expect((await page.get('/things')).status).toBe(200);
  });

  it('is written before the pool of connections closes', async () => {
    const { page } = await signedIn(app, 'reader');
    const instance = await start();
    await instance.get('/things').set('Cookie', page.cookieHeader());
    const before = await timesOf(page);
    apps.splice(apps.indexOf(instance), 1);
    await instance.close();
    expect((await timesOf(page)).idle.getTime()).toBeGreaterThan(before.idle.getTime());
  });

  it('is never shortened and never begun again by a late note of its use', async () => {
    const { page } = await signedIn(app, 'reader');
    await page.get('/things');
    await app.sql(
      `UPDATE auth.sessions SET idle_expires_at = idle_expires_at + interval '30 days' WHERE id = $1`,
      [page.sessionId],
    );
    const longer = await timesOf(page);
    await page.get('/things');
    await flush();
    expect((await timesOf(page)).idle).toEqual(longer.idle);

    const { page: ended } = await signedIn(app, 'reader');
    await ended.get('/things');
    await app.sql('UPDATE auth.sessions SET idle_expires_at = now() WHERE id = $1', [
      ended.sessionId,
    ]);
    await ended.look('/things');
    await flush();
    const { idle } = await timesOf(ended);
    expect(idle.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('SS-5: ends at its absolute limit, however much it is used', async () => {
    const { page } = await signedIn(app, 'reader');
    for (let day = 0; day < 90; day += 10) {
      expect((await page.get('/things')).status).toBe(200);
      await flush();
      await pass(page, 10 * DAY);
    }
    expect(said(await page.get('/things'))).toEqual([401, 'session_expired']);
  });

  it('keeps a session with a short idle time alive on every instance while it is used on one', async () => {
    const short = await start({ idleTimeoutSeconds: 60 });
    const { page } = await signedIn(short, 'reader');
    const stored = await timesOf(page);
    await ageSession(short, page.sessionId, 30);
    clock.advanceSeconds(30);
    await short.settle();
    expect((await short.get('/things').set('Cookie', page.cookieHeader())).status).toBe(200);
    // Its end is nearer than the next time that uses are written, so that it is not waited for.
    let idle = stored.idle;
    for (let look = 0; look < 100 && idle <= stored.idle; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      idle = (await timesOf(page)).idle;
    }
    expect(idle.getTime()).toBeGreaterThan(stored.idle.getTime());
  });

  describe('where an account may have three sessions', () => {
    const open = async (at: AuthApp, email: string) => {
      const page = new PageClient(at);
      return { page, response: await page.login(email) };
    };
    const live = async (accountId: string) => {
      const rows = await app.sql<{ id: string }>(
        'SELECT id FROM auth.sessions WHERE account_id = $1 AND revoked_at IS NULL ORDER BY id',
        [accountId],
      );
      return rows.map(({ id }) => id);
    };

    it('SS-8: leaves exactly three of twenty that begin at once, on two instances', async () => {
      const limited = [await start({ maxPerAccount: 3 }), await start({ maxPerAccount: 3 })];
      const email = 'grace@example.test';
      const accountId = await app.createAccount(email, 'reader');
      const opened = await Promise.all(
        Array.from({ length: 20 }, (_, index) => open(limited[index % 2]!, email)),
      );
      // A full hash queue refuses some, which open nothing.
      const good = opened.filter(({ response }) => response.status === 200);
      expect(good.length).toBeGreaterThan(3);
      expect(await live(accountId)).toHaveLength(3);
      for (const instance of limited) await instance.settle();
      const answers = await Promise.all(good.map(({ page }) => page.look('/things')));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    });

    it('SS-8: ends the one that began first, whatever its transport, and puts it on record', async () => {
      const limited = await start({ maxPerAccount: 3 });
      const { email, accountId, page: first } = await signedIn(limited, 'reader');
      const second = new BodyClient(limited);
      await second.login(email);
      await open(limited, email);
      expect(await live(accountId)).toContain(first.sessionId);
      await open(limited, email);
      expect(said(await first.look('/things'))).toEqual([401, 'session_revoked']);
      expect((await second.get('/things')).status).toBe(200);
      await open(limited, email);
      expect((await second.get('/things')).status).toBe(401);
      expect(await live(accountId)).toHaveLength(3);
    });

    it('SS-8: counts no session that the login replaces, and none that is over', async () => {
      const limited = await start({ maxPerAccount: 3, atLimit: 'refuse' });
      const { email, accountId, page } = await signedIn(limited, 'reader');
      await open(limited, email);
      const { page: third } = await open(limited, email);
      expect((await page.login(email)).status).toBe(200);
      expect(await live(accountId)).toHaveLength(3);
      await ageSession(app, third.sessionId, IDLE + 1);
      expect((await open(limited, email)).response.status).toBe(200);
    });

    it('SS-8: refuses the fourth where the option says so, and says so to its owner alone', async () => {
      const limited = await start({ maxPerAccount: 3, atLimit: 'refuse' });
      const { email, accountId } = await signedIn(limited, 'reader');
      const opened = await Promise.all(Array.from({ length: 6 }, () => open(limited, email)));
      const full = opened.filter(({ response }) => response.status === 409);
      expect(full.map(({ response }) => said(response))).toContainEqual([409, 'session_limit']);
      expect(await live(accountId)).toHaveLength(3);
      expect(full[0]!.response.get('Set-Cookie')).toBeUndefined();

      const stranger = new PageClient(limited);
      const guessed = await stranger.login(email, 'a wrong one of some length');
      expect(said(guessed)).toEqual([401, 'invalid_credentials']);
      // Nor does being refused count as guessing.
      for (let again = 0; again < 8; again += 1) {
        expect(said((await open(limited, email)).response)).toEqual([409, 'session_limit']);
      }
    });

    it('SS-8: waits for a login under way on another instance before it counts', async () => {
      const limited = await start({ maxPerAccount: 1, atLimit: 'refuse' });
      const email = 'katherine@example.test';
      const accountId = await app.createAccount(email);
      const lock = app.dataSource.createQueryRunner();
      await lock.startTransaction();
      await lock.query('SELECT 1 FROM auth.accounts WHERE id = $1 FOR NO KEY UPDATE', [accountId]);
      const pending = open(limited, email);
      expect(await waitForLock(app, 'FOR NO KEY UPDATE')).toBe(true);
      await lock.query(
        `INSERT INTO auth.sessions (id, account_id, transport, secret_digest, account_epoch,
           idle_expires_at, absolute_expires_at, amr, auth_time, user_agent_digest)
         SELECT gen_random_uuid(), id, 'body', '\\x00', security_epoch, now() + interval '1 day',
           now() + interval '1 day', '{pwd}', now(), '\\x00' FROM auth.accounts WHERE id = $1`,
        [accountId],
      );
      await lock.commitTransaction();
      await lock.release();
      expect(said((await pending).response)).toEqual([409, 'session_limit']);
      await app.sql('DELETE FROM auth.sessions WHERE account_id = $1', [accountId]);
    });
  });

  it('costs a login without a limit no statement more', async () => {
    const { email, page } = await signedIn(app, 'reader');
    const runner = jest.spyOn(app.dataSource, 'createQueryRunner');
    const response = await page.request('/auth/login', {
      email,
      password: PASSWORD,
      transport: 'session',
    });
    expect(response.status).toBe(200);
    expect(runner).toHaveBeenCalledTimes(2);
    runner.mockRestore();
    expect(await auditOf(app, page.sessionId)).toContain('session_revoked');
  });
});
