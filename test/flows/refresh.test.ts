import { randomBytes, randomUUID } from 'node:crypto';
import { ChangeFeed } from '../../src/change-feed/change-feed';
import { Database } from '../../src/database/database';
import { ageSession, auditOf } from '../support/aged-sessions';
import { ORIGIN, startAuthApp, type AuthApp } from '../support/auth-app';
import { BodyClient, BrowserClient, REFRESH_COOKIE } from '../support/session-client';

const EMAIL = 'ada@example.test';
const GRACE_SECONDS = 30;

describe('refresh', () => {
  let app: AuthApp;
  let client: BodyClient;

  beforeAll(async () => {
    app = await startAuthApp();
    await app.createAccount(EMAIL, 'reader');
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    client = new BodyClient(app);
    await client.login(EMAIL);
  });

  const stateOf = async (sessionId: string) => {
    const [row] = await app.sql<{ counter: number; revoked_reason: string | null }>(
      'SELECT counter, revoked_reason FROM auth.sessions WHERE id = $1',
      [sessionId],
    );
    return row!;
  };

  it('RT-1: answers with another refresh token and a working access token', async () => {
    const first = client.refreshToken;
    const response = await client.refresh();
    expect(response.status).toBe(200);
    expect(client.refreshToken).not.toBe(first);
    expect(response.body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 600,
      user: { email: EMAIL, emailVerified: true, displayName: null },
      session: { id: client.sessionId, generation: 1, amr: ['pwd'] },
      roles: ['reader'],
      permissions: ['things:read'],
    });
    expect((await client.get('/things')).status).toBe(200);
  });

  it('takes one statement, also where this instance does not know what the account may do', async () => {
    const accountId = await app.createAccount('returning@example.test', 'reader');
    await client.login('returning@example.test');
    await app.settle();
    const feed = app.nest.get(ChangeFeed, { strict: false });
    // As after a restart, or for an account that another instance signed in.
    feed.deliver({ kind: 'authority', accountId });
    const statements = jest.spyOn(Database.prototype, 'query');

    const unknown = await client.refresh();
    expect(statements).toHaveBeenCalledTimes(1);
    const known = await client.refresh();
    expect(statements).toHaveBeenCalledTimes(2);
    statements.mockRestore();

    for (const { body } of [unknown, known]) {
      expect(body).toMatchObject({ roles: ['reader'], permissions: ['things:read'] });
    }
  });

  it('RT-2: ends the family, its access tokens and only them when a superseded token comes back', async () => {
    const other = new BodyClient(app);
    await other.login(EMAIL);
    const first = client.refreshToken;
    await client.refresh();
    await client.refresh();
    const reused = await client.send(first);
    expect([reused.status, reused.body.code]).toEqual([401, 'refresh_reused']);
    const current = await client.send(client.refreshToken);
    expect([current.status, current.body.code]).toEqual([401, 'session_revoked']);
    expect((await client.get('/things')).status).toBe(401);
    expect(await stateOf(client.sessionId)).toEqual({ counter: 2, revoked_reason: 'reuse' });
    expect(await auditOf(app, client.sessionId)).toContain('authn_token_reuse');
    expect((await other.refresh()).status).toBe(200);
  });

  it('RT-4: gives the immediate predecessor the same current token, and nothing to the one before it', async () => {
    const first = client.refreshToken;
    await client.refresh();
    const second = client.refreshToken;
    await client.refresh();
    const graced = await client.send(second);
    expect(graced.status).toBe(200);
    expect(graced.body.refresh_token).toBe(client.refreshToken);
    expect(await stateOf(client.sessionId)).toMatchObject({ counter: 2 });
    expect(await auditOf(app, client.sessionId)).toContain('authn_token_grace');
    expect((await client.send(first)).body.code).toBe('refresh_reused');
    expect((await client.send(client.refreshToken)).status).toBe(401);
  });

  it('RT-4: takes a predecessor after the grace for reuse', async () => {
    const first = client.refreshToken;
    await client.refresh();
    await ageSession(app, client.sessionId, GRACE_SECONDS + 1);
    expect((await client.send(first)).body.code).toBe('refresh_reused');
  });

  it('RT-4: gives no grace to another user agent', async () => {
    const first = client.refreshToken;
    await client.refresh({ 'user-agent': 'owner' });
    const stolen = await client.send(first, { 'user-agent': 'thief' });
    expect([stolen.status, stolen.body.code]).toEqual([401, 'refresh_reused']);
  });

  it('RT-5: lets a retry of the same attempt recover a lost answer long after the grace', async () => {
    const first = client.refreshToken;
    const attempt = { 'x-auth-attempt': randomUUID() };
    await client.refresh(attempt);
    await ageSession(app, client.sessionId, 300);
    const retried = await client.send(first, attempt);
    expect(retried.status).toBe(200);
    expect(retried.body.refresh_token).toBe(client.refreshToken);
  });

  it('RT-5: takes even the same attempt for reuse once its successor was used', async () => {
    const first = client.refreshToken;
    const attempt = { 'x-auth-attempt': randomUUID() };
    await client.refresh(attempt);
    await client.refresh();
    expect((await client.send(first, attempt)).body.code).toBe('refresh_reused');
  });

  it('answers a second attempt soon after a rotation without another rotation', async () => {
    await client.refresh({ 'x-auth-attempt': randomUUID() });
    const rotated = client.refreshToken;
    const again = await client.refresh({ 'x-auth-attempt': randomUUID() });
    expect(again.status).toBe(200);
    expect(client.refreshToken).toBe(rotated);
    await ageSession(app, client.sessionId, GRACE_SECONDS + 1);
    await client.refresh({ 'x-auth-attempt': randomUUID() });
    expect(client.refreshToken).not.toBe(rotated);
  });

  it('rotates for the same attempt once the interval is over: no attempt keeps a token in use', async () => {
    const attempt = { 'x-auth-attempt': randomUUID() };
    await client.refresh(attempt);
    const rotated = client.refreshToken;
    await ageSession(app, client.sessionId, GRACE_SECONDS + 1);
    await client.refresh(attempt);
    expect(client.refreshToken).not.toBe(rotated);
  });

  it('SS-5: issues no access token that outlives its session', async () => {
    await app.sql(
      `UPDATE auth.sessions SET absolute_expires_at = now() + interval '20 seconds' WHERE id = $1`,
      [client.sessionId],
    );
    const { body } = await client.refresh();
    expect(body.expires_in).toBeLessThanOrEqual(20);
  });

  it.each(['no-uuid', `${randomUUID()},${randomUUID()}`])(
    'refuses the malformed attempt %s and rotates nothing',
    async (attempt) => {
      const response = await client.send(client.refreshToken, { 'x-auth-attempt': attempt });
      expect([response.status, response.body.code]).toEqual([400, 'validation_failed']);
      expect(await stateOf(client.sessionId)).toMatchObject({ counter: 0 });
    },
  );

  it('RT-6, SS-4: ends a session that was idle too long, and says so', async () => {
    await ageSession(app, client.sessionId, 1_209_601);
    expect((await client.refresh()).body.code).toBe('session_expired');
    expect(await auditOf(app, client.sessionId)).toContain('session_expired');
  });

  it('SS-4: keeps a session alive that is used before the idle timeout', async () => {
    for (let day = 0; day < 3; day += 1) {
      await ageSession(app, client.sessionId, 1_209_600 - 60);
      expect((await client.refresh()).status).toBe(200);
    }
  });

  it('SS-5: does not extend a session beyond its absolute lifetime, however active', async () => {
    let refreshed = 0;
    for (let week = 0; week < 20; week += 1) {
      await ageSession(app, client.sessionId, 604_800);
      const response = await client.refresh();
      if (response.status !== 200) {
        expect(response.body.code).toBe('session_expired');
        break;
      }
      refreshed += 1;
    }
    expect(refreshed).toBe(12);
  });

  it('does not slide the idle timeout for background activity', async () => {
    const before = await client.refresh();
    await ageSession(app, client.sessionId, 3600);
    const after = await client.refresh({ 'x-auth-activity': 'background' });
    const shift =
      Date.parse(before.body.session.expiresAt) - Date.parse(after.body.session.expiresAt);
    expect(shift).toBe(3_600_000);
  });

  it('RT-9: refuses a disabled account, and a family of an older epoch', async () => {
    const email = 'epoch@example.test';
    const id = await app.createAccount(email);
    const mine = new BodyClient(app);
    await mine.login(email);
    await app.sql(`UPDATE auth.accounts SET status = 'disabled' WHERE id = $1`, [id]);
    expect((await mine.refresh()).body.code).toBe('account_disabled');
    await app.sql(
      `UPDATE auth.accounts SET status = 'active', security_epoch = security_epoch + 1 WHERE id = $1`,
      [id],
    );
    expect((await mine.refresh()).body.code).toBe('session_revoked');
  });

  it('calls a token from the future a revoked session and raises no alarm (restored backup)', async () => {
    await client.refresh();
    await app.sql('UPDATE auth.sessions SET counter = 0 WHERE id = $1', [client.sessionId]);
    expect((await client.refresh()).body.code).toBe('session_revoked');
    expect(await stateOf(client.sessionId)).toEqual({ counter: 0, revoked_reason: null });
  });

  it('RT-7: stores neither the token nor anything it could be computed from', async () => {
    const bytes = Buffer.from(client.refreshToken, 'base64url');
    const [{ dump } = { dump: '' }] = await app.sql<{ dump: string }>(
      `SELECT string_agg(s::text, ' ') AS dump FROM auth.sessions s`,
    );
    for (const secret of [bytes, bytes.subarray(17, 33)]) {
      expect(dump).not.toContain(secret.toString('hex'));
      expect(dump).not.toContain(secret.toString('base64url'));
    }
  });

  it('RT-13: refuses garbage without touching the database', async () => {
    const [before] = await app.sql<{ n: string }>('SELECT count(*) AS n FROM auth.audit_events');
    for (let round = 0; round < 50; round += 1) {
      const response = await client.send(randomBytes(57).toString('base64url'));
      expect([response.status, response.body.code]).toEqual([401, 'unauthenticated']);
      expect(response.get('Set-Cookie')).toBeUndefined();
    }
    const [after] = await app.sql<{ n: string }>('SELECT count(*) AS n FROM auth.audit_events');
    expect(after).toEqual(before);
    expect((await client.refresh()).status).toBe(200);
  });

  it('refuses an authentic token whose family secret the database does not know, and kills nothing', async () => {
    await app.sql(`UPDATE auth.sessions SET secret_digest = '\\x00' WHERE id = $1`, [
      client.sessionId,
    ]);
    expect((await client.refresh()).body.code).toBe('unauthenticated');
    expect(await stateOf(client.sessionId)).toMatchObject({ revoked_reason: null });
  });

  describe('by cookie', () => {
    let browser: BrowserClient;
    beforeEach(async () => {
      browser = new BrowserClient(app);
      await browser.login(EMAIL);
    });

    it('CK-2: rotates the cookie and never names the token in a body', async () => {
      const before = browser.cookies[REFRESH_COOKIE]!;
      const response = await browser.refresh();
      expect(response.status).toBe(200);
      expect(browser.cookies[REFRESH_COOKIE]).not.toBe(before);
      expect(response.body.refresh_token).toBeUndefined();
      expect(response.text).not.toContain(browser.cookies[REFRESH_COOKIE]);
      expect(response.get('Cache-Control')).toBe('no-store');
    });

    it('sends the current cookie again inside the grace', async () => {
      const predecessor = browser.cookies[REFRESH_COOKIE]!;
      await browser.refresh();
      const late = new BrowserClient(app);
      late.cookies[REFRESH_COOKIE] = predecessor;
      expect((await late.refresh()).status).toBe(200);
      expect(late.cookies[REFRESH_COOKIE]).toBe(browser.cookies[REFRESH_COOKIE]);
    });

    it.each([
      ['no origin at all', { Origin: '' }, 'origin_refused'],
      ['origin null', { Origin: 'null' }, 'origin_refused'],
      ['a foreign origin', { Origin: 'https://evil.example' }, 'origin_refused'],
      ['a suffix of the origin', { Origin: `${ORIGIN}.evil.example` }, 'origin_refused'],
      ['a sub-domain', { Origin: 'https://sub.api.example.org' }, 'origin_refused'],
      [
        'fetch metadata of another site',
        { Origin: '', 'Sec-Fetch-Site': 'cross-site' },
        'origin_refused',
      ],
      ['no x-csrf header', { 'x-csrf': '' }, 'csrf_failed'],
      ['another x-csrf header', { 'x-csrf': '2' }, 'csrf_failed'],
    ])('CK-6, RT-10: refuses %s and rotates nothing', async (_case, headers, code) => {
      const response = await browser.request('/auth/refresh', {}, headers);
      expect([response.status, response.body.code]).toEqual([403, code]);
      expect(response.get('Set-Cookie')).toBeUndefined();
      expect(await stateOf(browser.sessionId)).toMatchObject({ counter: 0 });
    });

    it('CK-6: accepts same-origin fetch metadata where a browser sends no origin', async () => {
      const headers = { Origin: '', 'Sec-Fetch-Site': 'same-origin' };
      expect((await browser.refresh(headers)).status).toBe(200);
    });

    it.each([
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
      'application/json;x=',
    ])('CK-7: refuses a body of type %s', async (type) => {
      const response = await app.post('/auth/refresh', '{}').set({
        'Content-Type': type,
        Origin: ORIGIN,
        'x-csrf': '1',
        Cookie: browser.cookieHeader(),
      });
      expect(response.status).toBe(415);
      expect(await stateOf(browser.sessionId)).toMatchObject({ counter: 0 });
    });

    it('CK-5: believes neither of two cookies of one name', async () => {
      const planted = `${REFRESH_COOKIE}=planted; ${browser.cookieHeader()}`;
      for (const Cookie of [planted, `${browser.cookieHeader()}; ${REFRESH_COOKIE}=planted`]) {
        const response = await browser.request('/auth/refresh', {}, { Cookie });
        expect([response.status, response.body.code]).toEqual([400, 'ambiguous_credentials']);
      }
    });

    it('refuses a token in the cookie and the body at once', async () => {
      const body = { refresh_token: client.refreshToken };
      const response = await browser.request('/auth/refresh', body);
      expect([response.status, response.body.code]).toEqual([400, 'ambiguous_credentials']);
    });

    it('keeps the transport of a family: a cookie token is worthless in a body', async () => {
      const response = await client.send(browser.cookies[REFRESH_COOKIE]!);
      expect([response.status, response.body.code]).toEqual([401, 'unauthenticated']);
      expect((await browser.refresh()).status).toBe(200);
    });

    it('never clears a cookie, not even for garbage or after reuse', async () => {
      const garbage = await browser.request(
        '/auth/refresh',
        {},
        { Cookie: `${REFRESH_COOKIE}=${'A'.repeat(76)}` },
      );
      expect([garbage.status, garbage.get('Set-Cookie')]).toEqual([401, undefined]);
      await app.sql('UPDATE auth.sessions SET revoked_at = now() WHERE id = $1', [
        browser.sessionId,
      ]);
      const revoked = await browser.refresh();
      expect([revoked.body.code, revoked.get('Set-Cookie')]).toEqual([
        'session_revoked',
        undefined,
      ]);
    });
  });
});
