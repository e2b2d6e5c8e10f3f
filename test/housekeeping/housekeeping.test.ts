import { Client } from 'pg';
import { CHANGE_RETENTION_SECONDS } from '../../src/change-feed/change-purge';
import { PAST_WINDOW_SECONDS } from '../../src/delivery/delivery-window-purge';
import { Housekeeping } from '../../src/housekeeping/housekeeping.service';
import { DELIVERY_BOUNDS } from '../../src/options/delivery-options';
import { FORGOTTEN_AFTER_DAYS } from '../../src/throttling/idle-guesses.repository';
import { PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import { ageSession } from '../support/aged-sessions';
import { violationsIn } from '../support/invariants';

const DAY = 86_400;
const RETENTION_DAYS = 7;
const FREE_FAILURES = 5;

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly session: { readonly id: string };
}

describe('the clean-up', () => {
  let app: AuthApp;
  let housekeeping: Housekeeping;

  beforeAll(async () => {
    app = await startAuthApp({
      options: { housekeeping: { enabled: false, endedSessionDays: RETENTION_DAYS } },
    });
    housekeeping = app.nest.get(Housekeeping, { strict: false });
    await app.createAccount('person@example.test', 'reader');
  });

  afterAll(() => app.close());

  async function login(): Promise<Tokens> {
    const { body, status } = await app.post('/auth/login', {
      email: 'person@example.test',
      password: PASSWORD,
      transport: 'body',
    });
    expect(status).toBe(200);
    return body as Tokens;
  }

  const refresh = (token: string) => app.post('/auth/refresh', { refresh_token: token });

  async function sessionIds(): Promise<string[]> {
    const rows = await app.sql<{ id: string }>('SELECT id FROM auth.sessions ORDER BY id');
    return rows.map(({ id }) => id);
  }

  async function count(table: string): Promise<number> {
    const [row] = await app.sql<{ count: number }>(
      `SELECT count(*)::integer AS count FROM auth.${table}`,
    );
    return row!.count;
  }

  async function revokedAgo(id: string, seconds: number): Promise<void> {
    await app.sql(`UPDATE auth.sessions SET revoked_at = revoked_at - $2::interval WHERE id = $1`, [
      id,
      `${seconds} seconds`,
    ]);
  }

  describe('of sessions', () => {
    it('SS-12: brings their number back to what it was: logged out, idle for long, and expired', async () => {
      const before = await sessionIds();
      const [ended, idle, expired] = [await login(), await login(), await login()];
      await app.post('/auth/logout', { refresh_token: ended.refresh_token });
      await revokedAgo(ended.session.id, RETENTION_DAYS * DAY + 1);
      await app.sql(
        `UPDATE auth.sessions SET idle_expires_at = now() - interval '8 days' WHERE id = $1`,
        [idle.session.id],
      );
      await app.sql(
        `UPDATE auth.sessions SET absolute_expires_at = now() - interval '8 days' WHERE id = $1`,
        [expired.session.id],
      );
      expect((await housekeeping.cleanUp()).removed).toMatchObject({ sessions: 3 });
      expect(await sessionIds()).toEqual(before);
    });

    it('SS-12: keeps one that ended within the retention, which is still told that it ended', async () => {
      const ended = await login();
      await app.post('/auth/logout', { refresh_token: ended.refresh_token });
      await revokedAgo(ended.session.id, RETENTION_DAYS * DAY - 60);
      await housekeeping.cleanUp();
      expect((await refresh(ended.refresh_token)).body).toMatchObject({ code: 'session_revoked' });

      await revokedAgo(ended.session.id, 61);
      await housekeeping.cleanUp();
      expect((await refresh(ended.refresh_token)).body).toMatchObject({ code: 'unauthenticated' });
    });

    it('keeps a live one, however old it is and whoever uses it meanwhile', async () => {
      const old = await login();
      await ageSession(app, old.session.id, 13 * DAY);
      const answers = await Promise.all([
        refresh(old.refresh_token),
        housekeeping.cleanUp(),
        housekeeping.cleanUp(),
      ]);
      expect(answers[0].status).toBe(200);
      expect(await sessionIds()).toContain(old.session.id);
    });

    it('asks again of a row that was renewed while the step waited for it to be looked at', async () => {
      const { session } = await login();
      const other = new Client({ connectionString: app.database.url });
      await other.connect();
      await app.sql(
        `UPDATE auth.sessions SET idle_expires_at = now() - interval '8 days' WHERE id = $1`,
        [session.id],
      );
      await other.query('BEGIN');
      await other.query(
        `UPDATE auth.sessions SET idle_expires_at = now() + interval '1 day' WHERE id = $1`,
        [session.id],
      );
      await housekeeping.cleanUp();
      await other.query('COMMIT');
      await other.end();
      await housekeeping.cleanUp();
      expect(await sessionIds()).toContain(session.id);
    });
  });

  it('removes changes only when twice the span that any instance replays is over', async () => {
    await app.sql('DELETE FROM auth.changes');
    await login().then(({ refresh_token }) => app.post('/auth/logout', { refresh_token }));
    await app.sql(`INSERT INTO auth.changes (kind, created_at) VALUES
      ('keys', now() - interval '${CHANGE_RETENTION_SECONDS - 60} seconds'),
      ('keys', now() - interval '${CHANGE_RETENTION_SECONDS + 60} seconds')`);
    expect((await housekeeping.cleanUp()).removed).toMatchObject({ changes: 1 });
    expect(await count('changes')).toBe(2);
    expect(CHANGE_RETENTION_SECONDS).toBeGreaterThanOrEqual(2 * (3600 + 2 * 60));
  });

  describe('of counters of guesses', () => {
    beforeEach(() => app.sql('DELETE FROM auth.guesses'));

    async function counter(lane: string, failures: number, ageDays: number): Promise<void> {
      await app.sql(
        `INSERT INTO auth.guesses (key, lane, failures, next_at, window_ends_at, updated_at)
         SELECT uuid_send(gen_random_uuid()), $1, $2, now() - $3::interval + interval '900 seconds',
           CASE WHEN $1 = 'source' THEN now() - $3::interval + interval '900 seconds' END,
           now() - $3::interval`,
        [lane, failures, `${ageDays} days`],
      );
    }

    it.each([
      ['of a source, whose window is open', 'source', 100, 0, 1],
      ['of a source, whose window has ended', 'source', 100, 1, 0],
      ['of an identifier, lately', 'unknown_device', 1, FORGOTTEN_AFTER_DAYS - 1, 1],
      ['of an identifier, long ago', 'unknown_device', FREE_FAILURES, FORGOTTEN_AFTER_DAYS + 1, 0],
      ['PW, LG: that ever cost a wait', 'unknown_device', FREE_FAILURES + 1, 4000, 1],
      ['PW, LG: that closed a lane', 'unknown_device', 100, 4000, 1],
      ['PW, LG: that closed the lane of known devices', 'known_device', 100, 4000, 1],
    ])(
      'a counter %s (%s, %i failures, %i days): %i stays',
      async (_what, lane, failures, days, left) => {
        await counter(lane, failures, days);
        await housekeeping.cleanUp();
        expect(await count('guesses')).toBe(left);
      },
    );

    it('keeps one that somebody guesses at meanwhile', async () => {
      for (let guess = 0; guess < FREE_FAILURES; guess += 1) {
        const wrong = { email: 'person@example.test', password: `wrong pass phrase ${guess}` };
        const [{ status }] = await Promise.all([
          app.post('/auth/login', { ...wrong, transport: 'body' }),
          housekeeping.cleanUp(),
        ]);
        expect(status).toBe(401);
      }
      const [row] = await app.sql<{ failures: number }>(
        `SELECT failures FROM auth.guesses WHERE lane = 'unknown_device'`,
      );
      expect(row).toEqual({ failures: FREE_FAILURES });
      await app.sql('DELETE FROM auth.guesses');
    });
  });

  it('removes mails that were settled a month ago, and none that waits', async () => {
    await app.sql(`INSERT INTO auth.deliveries (id, kind, account_id, recipient, status, settled_at)
      SELECT gen_random_uuid(), 'new_sign_in', gen_random_uuid(), 'a@example.test', status, settled
      FROM (VALUES ('sent', now() - interval '31 days'), ('failed', now() - interval '31 days'),
        ('sent', now() - interval '29 days'), ('pending', NULL)) AS v (status, settled)`);
    expect((await housekeeping.cleanUp()).removed).toMatchObject({ deliveries: 2 });
    expect(await count('deliveries')).toBe(2);
  });

  it('RC-10: removes windows of mails that ended long ago, and none in which one is held back', async () => {
    const [account] = await app.sql<{ id: string }>('SELECT id FROM auth.accounts');
    await app.sql('TRUNCATE auth.delivery_windows');
    await app.sql(
      `INSERT INTO auth.delivery_windows (account_id, kind, opened_at)
       SELECT $1, kind, now() - make_interval(secs => age)
       FROM (VALUES ('past', $2 + 1), ('longest', $3 - 1), ('open', 0)) AS v (kind, age)`,
      [account!.id, PAST_WINDOW_SECONDS, DELIVERY_BOUNDS.newSignInWindowSeconds.max],
    );
    // More than a step looks at, so that the walk has to go on behind its first.
    await app.sql(
      `WITH made AS (INSERT INTO auth.accounts (id, email, email_key)
         SELECT gen_random_uuid(), 'w' || n || '@example.test', 'w' || n || '@example.test'
         FROM generate_series(1, 1500) n RETURNING id)
       INSERT INTO auth.delivery_windows (account_id, kind, opened_at)
       SELECT id, 'new_sign_in', now() - interval '30 days' FROM made`,
    );
    expect((await housekeeping.cleanUp()).removed).toMatchObject({ 'delivery windows': 1501 });
    const left = await app.sql('SELECT kind FROM auth.delivery_windows ORDER BY kind');
    expect(left).toEqual([{ kind: 'longest' }, { kind: 'open' }]);
    await app.sql(`DELETE FROM auth.accounts WHERE email LIKE 'w%@example.test'`);
  });

  describe('of several instances', () => {
    it('is made once in an interval, by whoever comes first', async () => {
      const first = await housekeeping.cleanUp(3600);
      expect(first.left.length + Object.keys(first.removed).length).toBe(6);
      expect((await housekeeping.cleanUp(3600)).removed).toEqual({});
      await app.sql(`UPDATE auth.clean_ups SET started_at = started_at - interval '2 hours'`);
      expect((await housekeeping.cleanUp(3600)).left).toEqual([]);
    });

    it('lets one step be made at a time: while somebody leads, it leaves what is there', async () => {
      const { session, refresh_token } = await login();
      await app.post('/auth/logout', { refresh_token });
      await revokedAgo(session.id, RETENTION_DAYS * DAY + 1);
      const leader = new Client({ connectionString: app.database.url });
      await leader.connect();
      await leader.query('BEGIN');
      await leader.query(
        `SELECT pg_advisory_xact_lock(hashtextextended('portcullis:housekeeping:auth', 0))`,
      );
      expect(await housekeeping.cleanUp()).toMatchObject({ removed: {} });
      expect(await sessionIds()).toContain(session.id);
      // A leader that dies lets go of everything with its connection.
      await leader.end();
      expect((await housekeeping.cleanUp()).removed).toMatchObject({ sessions: 1 });
    });

    it('skips rows that somebody has locked, and waits for none', async () => {
      const { session, refresh_token } = await login();
      await app.post('/auth/logout', { refresh_token });
      await revokedAgo(session.id, RETENTION_DAYS * DAY + 1);
      const other = new Client({ connectionString: app.database.url });
      await other.connect();
      await other.query('BEGIN');
      await other.query('SELECT 1 FROM auth.sessions WHERE id = $1 FOR UPDATE', [session.id]);
      expect((await housekeeping.cleanUp()).removed).toMatchObject({ sessions: 0 });
      await other.end();
      expect((await housekeeping.cleanUp()).removed).toMatchObject({ sessions: 1 });
    });
  });

  it('leaves nothing that contradicts itself: only the records of sessions outlive them', async () => {
    const violations = await violationsIn(app.database.url);
    expect(violations.filter((one) => !one.includes('login and rotation has its session'))).toEqual(
      [],
    );
  });
});
