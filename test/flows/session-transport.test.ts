import { AssignmentsService } from '../../src/access/assignments.service';
import { AccountStatusService } from '../../src/authentication/account-status.service';
import { ageSession, auditOf } from '../support/aged-sessions';
import { ORIGIN, PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { violationsIn } from '../support/invariants';
import {
  BrowserClient,
  cookiesOf,
  PageClient,
  SESSION_COOKIE,
  said,
  signedInPage as signedIn,
} from '../support/session-client';
import { statusOfUnchanged } from '../support/web-framework';

const SECRET_ID = /^[\w-]{43}$/;

describe('the session transport', () => {
  let database: TestDatabase;
  let app: AuthApp;
  let other: AuthApp;

  beforeAll(async () => {
    database = await cloneDatabase();
    app = await startAuthApp({ database });
    other = await startAuthApp({ database });
  });

  afterAll(async () => {
    await other.close();
    await app.close();
    expect(await violationsIn(database.url)).toEqual([]);
    await database.drop();
  });

  describe('login', () => {
    it('CK-1, CK-2, CK-3: sets one HttpOnly cookie and shows no token anywhere', async () => {
      const email = 'frances@example.test';
      await app.createAccount(email, 'reader');
      const page = new PageClient(app);
      const response = await page.login(email);
      expect(response.status).toBe(200);
      expect(response.body).toMatchObject({ user: { email }, roles: ['reader'] });
      expect(response.body).not.toHaveProperty('access_token');
      expect(response.body).not.toHaveProperty('refresh_token');
      expect(page.secretId).toMatch(SECRET_ID);
      expect(response.get('Set-Cookie')).toContainEqual(
        expect.stringMatching(
          new RegExp(
            `^${SESSION_COOKIE}=${page.secretId}; Path=/; Max-Age=77759\\d\\d; HttpOnly; Secure; SameSite=Strict$`,
          ),
        ),
      );
      expect(JSON.stringify(response.body)).not.toContain(page.secretId);
      expect(Object.keys(page.cookies).sort()).toEqual([
        '__Host-portcullis-device',
        '__Host-portcullis-hint',
        SESSION_COOKIE,
      ]);
    });

    it('CK-6: asks for an allowed origin before it sets a cookie', async () => {
      const { email } = await signedIn(app);
      const body = { email, password: PASSWORD, transport: 'session' };
      const send = (headers: Record<string, string>) => app.post('/auth/login', body).set(headers);
      expect(said(await send({}))).toEqual([403, 'origin_refused']);
      expect(said(await send({ Origin: 'null' }))).toEqual([403, 'origin_refused']);
      expect(said(await send({ Origin: 'https://evil.example' }))).toEqual([403, 'origin_refused']);
    });

    it('SS-1: adopts no id that was planted, invented or somebody else’s', async () => {
      const { email } = await signedIn(app);
      const stranger = (await signedIn(app)).page;
      for (const planted of [stranger.secretId, 'x'.repeat(42) + 'A', 'planted']) {
        const page = new PageClient(app);
        page.cookies[SESSION_COOKIE] = planted;
        const response = await page.login(email);
        expect(response.status).toBe(200);
        expect(page.secretId).toMatch(SECRET_ID);
        expect(page.secretId).not.toBe(planted);
        page.cookies[SESSION_COOKIE] = planted;
        expect((await page.look('/things/mine')).status).toBe(401);
      }
    });

    it('SS-1, SS-9: ends the session that the browser had, here at once', async () => {
      const first = await signedIn(app);
      const second = await signedIn(app);
      const before = first.page.copy();
      await first.page.login(second.email);
      expect(said(await before.look('/things/mine'))).toEqual([401, 'session_revoked']);
      const mine = await first.page.get('/things/mine');
      expect(mine.body).toMatchObject({ accountId: second.accountId });
      expect(await auditOf(app, before.sessionId)).toContain('session_revoked');
    });

    it('takes the place of a session of the other transport, and the other way round', async () => {
      const { email } = await signedIn(app);
      const tokens = new BrowserClient(app);
      await tokens.login(email);
      const page = new PageClient(app);
      page.cookies = { ...tokens.cookies };
      expect(Object.keys(page.cookies)).toContain('__Host-portcullis-refresh');
      await page.login(email);
      expect(Object.keys(page.cookies)).not.toContain('__Host-portcullis-refresh');
      expect(said(await tokens.refresh())).toEqual([401, 'session_revoked']);

      const again = new BrowserClient(app);
      again.cookies = { ...page.cookies };
      await again.login(email);
      expect(Object.keys(again.cookies)).not.toContain(SESSION_COOKIE);
      expect(said(await page.look('/things/mine'))).toEqual([401, 'session_revoked']);
    });

    it('CK-5: refuses two session cookies before the password is looked at', async () => {
      const { email, page } = await signedIn(app);
      const twice = `${SESSION_COOKIE}=${page.secretId}; ${SESSION_COOKIE}=evil`;
      for (const password of [PASSWORD, 'a wrong one of some length']) {
        const body = { email, password, transport: 'session' };
        const response = await page.request('/auth/login', body, { Cookie: twice });
        expect(said(response)).toEqual([400, 'ambiguous_credentials']);
      }
    });
  });

  describe('guarded requests', () => {
    it('are decided as with a bearer token, by the same principal', async () => {
      const { email, page, accountId } = await signedIn(app, 'reader');
      expect((await page.get('/things')).status).toBe(200);
      expect(said(await page.post('/things'))).toEqual([403, 'forbidden']);
      const tokens = new BrowserClient(app);
      await tokens.login(email);
      const bearer = await app
        .get('/things/mine')
        .set('Authorization', `Bearer ${tokens.accessToken}`);
      const mine = await page.get('/things/mine');
      expect(mine.body).toEqual({
        ...bearer.body,
        sessionId: page.sessionId,
        authTime: expect.any(Number),
      });
      expect(mine.body).toMatchObject({ accountId, amr: ['pwd'] });
    });

    it('cost no statement once the session is known, on either instance', async () => {
      const { page } = await signedIn(app, 'reader');
      for (const instance of [app, other]) {
        const ask = () => instance.get('/things').set('Cookie', page.cookieHeader());
        expect((await ask()).status).toBe(200);
        const runner = jest.spyOn(instance.dataSource, 'createQueryRunner');
        for (let request = 0; request < 5; request += 1) expect((await ask()).status).toBe(200);
        expect(runner).not.toHaveBeenCalled();
        runner.mockRestore();
      }
    });

    it('ask the database once for any number of requests with an id that is new to them', async () => {
      const { page } = await signedIn(app, 'reader');
      const find = jest.spyOn(other.dataSource, 'createQueryRunner');
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => other.get('/things').set('Cookie', page.cookieHeader())),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
      // One for the session, one for the authority of its account.
      expect(find).toHaveBeenCalledTimes(2);
      find.mockRestore();
    });

    it('SS-2: refuse what can be no id without a query', async () => {
      const { page } = await signedIn(app);
      const find = jest.spyOn(app.dataSource, 'createQueryRunner');
      for (const text of ['', 'x', 'x'.repeat(43), `${page.secretId}=`, `"${page.secretId}"`]) {
        const response = await app.get('/things').set('Cookie', `${SESSION_COOKIE}=${text}`);
        expect(said(response)).toEqual([401, 'unauthenticated']);
      }
      expect(find).not.toHaveBeenCalled();
      find.mockRestore();
    });

    it('carry one credential only', async () => {
      const { email, page } = await signedIn(app, 'reader');
      const tokens = new BrowserClient(app);
      await tokens.login(email);
      const Authorization = `Bearer ${tokens.accessToken}`;
      const both = await page.look('/things', { Authorization });
      expect(said(both)).toEqual([400, 'ambiguous_credentials']);
      const twice = `${page.cookieHeader()}; ${SESSION_COOKIE}=${page.secretId}`;
      expect(said(await app.get('/things').set('Cookie', twice))).toEqual([
        400,
        'ambiguous_credentials',
      ]);
    });

    it('CK-5: believe no cookie of another name or spelling', async () => {
      const { page } = await signedIn(app, 'reader');
      const id = page.secretId;
      for (const cookie of [
        `__host-portcullis-session=${id}`,
        `__Host-portcullis-session =${id}`,
        `=__Host-portcullis-session=${id}`,
        `portcullis-session=${id}`,
        `$Version=1; "${SESSION_COOKIE}"=${id}`,
      ]) {
        const response = await app.get('/things').set('Cookie', cookie);
        expect(said(response)).toEqual([401, 'unauthenticated']);
      }
    });

    it('SS-11: are answered for nobody else, whatever the answer is', async () => {
      const { page } = await signedIn(app, 'reader');
      const answers = [
        await page.get('/things'),
        await page.get('/things/mine'),
        await page.post('/things'),
        await page.get('/auth/session'),
        await app.get('/things').set('Cookie', `${SESSION_COOKIE}=${'A'.repeat(43)}`),
        await page.look('/things', {
          'If-None-Match': (await page.get('/things')).get('ETag') ?? '',
        }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([
        200,
        200,
        403,
        200,
        401,
        statusOfUnchanged(),
      ]);
      for (const answer of answers) {
        expect(answer.get('Cache-Control')).toBe('no-store');
        expect(answer.get('Vary')).toContain('Cookie');
      }
    });
  });

  describe('the end of a session', () => {
    it('SS-3: comes with logout, on every instance, and again changes nothing', async () => {
      const { page } = await signedIn(app, 'reader');
      const before = page.copy();
      expect((await other.get('/things').set('Cookie', page.cookieHeader())).status).toBe(200);

      const out = await page.logout();
      expect(out.status).toBe(204);
      expect(Object.keys(page.cookies)).toEqual(['__Host-portcullis-device']);
      expect(said(await before.look('/things'))).toEqual([401, 'session_revoked']);
      await other.settle();
      const elsewhere = await other.get('/things').set('Cookie', before.cookieHeader());
      expect(said(elsewhere)).toEqual([401, 'session_revoked']);
      expect((await before.copy().logout()).status).toBe(204);
      expect(await auditOf(app, before.sessionId)).toEqual([
        'authn_login_success',
        'session_logout',
      ]);
    });

    it('SS-3, SS-7: comes to the others, or to all', async () => {
      const { email, page } = await signedIn(app, 'reader');
      const second = new PageClient(app);
      await second.login(email);
      expect((await page.get('/auth/sessions')).body).toHaveLength(2);
      expect((await page.logout({ scope: 'others' })).status).toBe(204);
      expect(page.secretId).toMatch(SECRET_ID);
      expect(said(await second.look('/things'))).toEqual([401, 'session_revoked']);
      await second.login(email);
      const before = page.copy();
      expect((await page.logout({ scope: 'all' })).status).toBe(204);
      expect(said(await before.look('/things'))).toEqual([401, 'session_revoked']);
      expect(said(await second.look('/things'))).toEqual([401, 'session_revoked']);
      expect(said(await before.logout({ scope: 'all' }))).toEqual([401, 'session_revoked']);
    });

    it('SS-6: comes with the account, and enabling it revives nothing', async () => {
      const { accountId, page } = await signedIn(app, 'reader');
      const statuses = app.nest.get(AccountStatusService, { strict: false });
      await statuses.disable(accountId);
      expect(said(await page.look('/things'))).toEqual([401, 'account_disabled']);
      await statuses.enable(accountId);
      expect(said(await page.look('/things'))).toEqual([401, 'session_revoked']);
    });

    it('is not what a refresh brings: it takes no session cookie and leaves it alone', async () => {
      const { page } = await signedIn(app, 'reader');
      const response = await page.request('/auth/refresh');
      expect(said(response)).toEqual([401, 'unauthenticated']);
      expect(response.get('Set-Cookie')).toBeUndefined();
      expect((await page.get('/things')).status).toBe(200);
    });

    it('SS-7: can be brought about by its owner from a list without secrets', async () => {
      const { email, page } = await signedIn(app, 'reader');
      const second = new PageClient(app);
      await second.login(email);
      const list = await page.get('/auth/sessions');
      expect(list.body).toContainEqual(
        expect.objectContaining({ id: page.sessionId, current: true }),
      );
      expect(list.text).not.toContain(page.secretId);
      const ended = await app.delete(`/auth/sessions/${second.sessionId}`).set({
        Cookie: page.cookieHeader(),
        Origin: ORIGIN,
        'x-csrf': '1',
      });
      expect(ended.status).toBe(204);
      expect(said(await second.look('/things'))).toEqual([401, 'session_revoked']);
      expect((await page.get('/things')).status).toBe(200);
    });
  });

  it('SS-10: keeps nothing that could be used as a cookie', async () => {
    const { page } = await signedIn(app, 'reader');
    const [row] = await app.sql('SELECT * FROM auth.sessions WHERE id = $1', [page.sessionId]);
    const dump = Object.values(row!).map((value) =>
      Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)),
    );
    for (const value of dump) {
      expect(value.includes(page.secretId)).toBe(false);
      expect(value.includes(Buffer.from(page.secretId, 'base64url'))).toBe(false);
      for (const guess of [value.toString('base64url'), value.toString('hex')]) {
        const response = await app.get('/things').set('Cookie', `${SESSION_COOKIE}=${guess}`);
        expect(response.status).not.toBe(200);
      }
    }
  });

  describe('after an administrator changed what the account may do', () => {
    const promoted = async () => {
      const signed = await signedIn(app, 'reader');
      await signed.page.get('/things');
      const assignments = app.nest.get(AssignmentsService, { strict: false });
      await assignments.assign({ accountId: signed.accountId, role: 'writer' });
      return signed;
    };

    it('SS-1: gives the session a new id with the next answer, and only with that', async () => {
      const { page } = await promoted();
      const before = page.copy();
      const response = await page.get('/things');
      expect(page.secretId).toMatch(SECRET_ID);
      expect(page.secretId).not.toBe(before.secretId);
      expect(response.get('Cache-Control')).toBe('no-store');
      expect((await page.post('/things')).status).toBe(201);
      expect((await page.get('/things')).get('Set-Cookie')).toBeUndefined();
      expect((await page.get('/auth/session')).body).toMatchObject({ session: { generation: 1 } });
      expect(page.cookies['__Host-portcullis-hint']).toMatch(/\.1\.\d+$/);
    });

    it('logs nobody out who lost the answer, and converges on one id', async () => {
      const { page } = await promoted();
      const answers = await Promise.all([
        ...Array.from({ length: 4 }, () => page.look('/things')),
        ...Array.from({ length: 4 }, () => other.get('/things').set('Cookie', page.cookieHeader())),
      ]);
      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
      const given = new Set(answers.map((answer) => cookiesOf(answer)[SESSION_COOKIE]));
      given.delete(undefined);
      expect(given.size).toBe(1);
      expect(
        (await auditOf(app, page.sessionId)).filter((a) => a === 'session_renewed'),
      ).toHaveLength(1);
      const late = await page.get('/things');
      expect(late.status).toBe(200);
      expect(given).toEqual(new Set([page.secretId]));
    });

    it('SS-1: forgets the id before after half a minute, and never takes it across a login', async () => {
      const { email, page } = await promoted();
      const before = page.copy();
      await page.get('/things');
      expect((await before.look('/things')).status).toBe(200);
      await ageSession(app, page.sessionId, 31);
      const asked = await other.get('/things').set('Cookie', before.cookieHeader());
      expect(said(asked)).toEqual([401, 'unauthenticated']);
      await page.login(email);
      expect((await other.get('/things').set('Cookie', before.cookieHeader())).status).toBe(401);
    });
  });
});
