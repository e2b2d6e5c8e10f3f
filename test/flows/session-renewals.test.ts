import { Controller, Get, Header } from '@nestjs/common';
import { Authenticated, StepUp } from '../../src/route-access/access.decorators';
import { AssignmentsService } from '../../src/access/assignments.service';
import { AccountStatusService } from '../../src/authentication/account-status.service';
import { KnownSessions } from '../../src/sessions/known-sessions';
import { ageSession, auditOf } from '../support/aged-sessions';
import { PASSWORD, startAuthApp, ThingsController, type AuthApp } from '../support/auth-app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { violationsIn } from '../support/invariants';
import { waitForLock } from '../support/lock-wait';
import {
  BodyClient,
  BrowserClient,
  SESSION_COOKIE,
  cookiesOf,
  said,
  signedInPage as signedIn,
  type PageClient,
} from '../support/session-client';

const NEXT = 'another long enough pass phrase 7';

@Controller('grave')
class GraveController {
  @Authenticated()
  @StepUp({ maxAge: 300 })
  @Get()
  grave() {
    return { done: true };
  }

  @Authenticated()
  @Header('Cache-Control', 'public, max-age=600')
  @Get('cached')
  cached() {
    return { cached: true };
  }
}

describe('a session of the session transport gets a new id', () => {
  let database: TestDatabase;
  let app: AuthApp;
  let other: AuthApp;

  beforeAll(async () => {
    database = await cloneDatabase();
    const controllers = [ThingsController, GraveController];
    app = await startAuthApp({ database, controllers });
    other = await startAuthApp({ database, controllers });
  });

  afterAll(async () => {
    await other.close();
    await app.close();
    expect(await violationsIn(database.url)).toEqual([]);
    await database.drop();
  });

  /** Both instances know the session before it changes. */
  const known = async (page: PageClient) => {
    for (const instance of [app, other]) {
      await instance.get('/things/mine').set('Cookie', page.cookieHeader());
    }
    return page.copy();
  };
  const elsewhere = async (page: PageClient, path = '/things') => {
    await other.settle();
    return other.get(path).set('Cookie', page.cookieHeader());
  };

  describe('when it chooses its roles', () => {
    it('SS-1: and answers without a token', async () => {
      const { page } = await signedIn(app, 'reader', 'writer');
      const before = await known(page);
      const chosen = await page.post('/auth/session/roles', { active: ['reader'] });
      expect(chosen.body).toMatchObject({ roles: ['reader'], session: { generation: 1 } });
      expect(chosen.body).not.toHaveProperty('access_token');
      expect(page.secretId).not.toBe(before.secretId);
      expect((await page.get('/things')).status).toBe(200);
      expect((await page.post('/things')).status).toBe(403);
    });

    it('leaves the id before no role that was given up, and none that it did not have', async () => {
      const { page } = await signedIn(app, 'reader', 'writer');
      const wide = await known(page);
      await page.post('/auth/session/roles', { active: [] });
      const narrow = await known(page);
      expect(said(await wide.look('/things'))).toEqual([403, 'forbidden']);
      expect(said(await elsewhere(wide))).toEqual([403, 'forbidden']);
      await page.post('/auth/session/roles', { active: ['reader'] });
      expect(said(await narrow.look('/things'))).toEqual([403, 'forbidden']);
      expect((await page.get('/things')).status).toBe(200);
    });

    it('logs nobody out who lost the answer', async () => {
      const { page } = await signedIn(app, 'reader');
      const before = await known(page);
      await page.post('/auth/session/roles', { active: ['reader'] });
      expect((await before.get('/things')).status).toBe(200);
      expect(before.secretId).toBe(page.secretId);
    });
  });

  describe('when its person proves once more who they are', () => {
    it('SS-1: and may do then what asks for a fresh proof, for which the id before does not do', async () => {
      const { page } = await signedIn(app);
      await ageSession(app, page.sessionId, 600);
      const asked = await elsewhere(page, '/grave');
      expect(said(asked)).toEqual([401, 'step_up_required']);

      const before = page.copy();
      const proved = await page.post('/auth/step-up', { password: PASSWORD });
      expect(proved.status).toBe(200);
      expect(proved.body).not.toHaveProperty('access_token');
      expect(page.secretId).not.toBe(before.secretId);
      expect((await page.get('/grave')).status).toBe(200);

      for (const instance of [app, other]) {
        await instance.settle();
        const cookie = before.cookieHeader();
        const tried = await instance.get('/grave').set('Cookie', cookie);
        expect(said(tried)).toEqual([401, 'step_up_required']);
        const used = await instance.get('/things/mine').set('Cookie', cookie);
        expect(used.status).toBe(200);
        expect(cookiesOf(used)).not.toHaveProperty(SESSION_COOKIE);
      }
      await ageSession(app, page.sessionId, 31);
      // Nothing tells an instance of rows that a test moves.
      other.nest.get(KnownSessions, { strict: false }).onReconnect();
      expect(said(await elsewhere(before))).toEqual([401, 'unauthenticated']);
    });

    it('brings a session with tokens another access token, and keeps its refresh token', async () => {
      const { email } = await signedIn(app);
      const client = new BodyClient(app);
      await client.login(email);
      await ageSession(app, client.sessionId, 600);
      await client.refresh();
      expect(said(await client.get('/grave'))).toEqual([401, 'step_up_required']);
      const proved = await app
        .post('/auth/step-up', { password: PASSWORD })
        .set('Authorization', `Bearer ${client.accessToken}`);
      const { access_token: token, refresh_token: none } = proved.body as Record<string, string>;
      expect(none).toBeUndefined();
      expect((await client.get('/grave', token)).status).toBe(200);
      expect(said(await client.get('/grave'))).toEqual([401, 'step_up_required']);
      expect((await client.refresh()).status).toBe(200);
      expect(await auditOf(app, client.sessionId)).toContain('authn_step_up');
    });

    it('PW-8: counts guesses as a login does, and renews nothing for a wrong one', async () => {
      const { page } = await signedIn(app);
      const before = page.secretId;
      const wrong = () => page.post('/auth/step-up', { password: 'wrong but long enough 99' });
      expect(said(await wrong())).toEqual([401, 'invalid_credentials']);
      const answers = [];
      for (let guess = 0; guess < 12; guess += 1) answers.push(await wrong());
      expect(said(answers.at(-1)!)).toEqual([429, 'throttled']);
      expect(page.secretId).toBe(before);
      expect(await auditOf(app, page.sessionId)).toContain('authn_step_up_fail');
      expect(said(await page.request('/auth/step-up', { password: '' }))).toEqual([
        400,
        'validation_failed',
      ]);
      expect(
        said(await page.request('/auth/step-up', { password: PASSWORD }, { 'x-csrf': '' })),
      ).toEqual([403, 'csrf_failed']);
    });
  });

  describe('when its person changes the password', () => {
    it('SS-1: and the id before is worth nothing new, the other sessions nothing at all', async () => {
      const { email, page } = await signedIn(app, 'reader');
      const second = new BrowserClient(app);
      await second.login(email);
      const before = await known(page);
      const body = { currentPassword: PASSWORD, newPassword: NEXT };
      const changed = await page.post('/auth/password/change', body);
      expect([changed.status, changed.text]).toEqual([204, '']);
      expect(page.secretId).not.toBe(before.secretId);
      expect((await page.get('/things')).status).toBe(200);
      expect((await elsewhere(page)).status).toBe(200);
      expect(said(await second.refresh())).toEqual([401, 'session_revoked']);
      const late = await before.look('/things');
      expect(late.status).toBe(200);
      expect(cookiesOf(late)).not.toHaveProperty(SESSION_COOKIE);
    });

    it.each([
      ['step-up', '/auth/step-up', { password: PASSWORD }],
      [
        'password change',
        '/auth/password/change',
        { currentPassword: PASSWORD, newPassword: NEXT },
      ],
    ])('SS-1: and a thief’s id before buys no new one after a %s', async (_what, path, body) => {
      const { page } = await signedIn(app, 'reader');
      const thief = await known(page);
      expect((await page.post(path, body)).status).toBeLessThan(300);
      for (const [route, choice] of [
        ['/auth/session/roles', { active: null }],
        ['/auth/session/roles', { active: ['reader'] }],
        ['/auth/session/tenant', { tenantId: null }],
        ['/auth/step-up', { password: path === '/auth/step-up' ? PASSWORD : NEXT }],
      ] as const) {
        const tried = await thief.copy().post(route, choice);
        expect(said(tried)).toEqual([401, 'session_revoked']);
        expect(cookiesOf(tried)).not.toHaveProperty(SESSION_COOKIE);
      }
      expect((await page.get('/things')).get('Set-Cookie')).toBeUndefined();
      expect((await page.get('/auth/session')).body).toMatchObject({ session: { generation: 1 } });
    });

    it('and a change that fails leaves the id alone', async () => {
      const { page } = await signedIn(app, 'reader');
      const before = page.secretId;
      const body = { currentPassword: PASSWORD, newPassword: 'short' };
      expect(said(await page.post('/auth/password/change', body))).toEqual([
        400,
        'password_policy',
      ]);
      expect(page.secretId).toBe(before);
      expect((await page.get('/things')).status).toBe(200);
    });

    it('and a logout that comes first wins', async () => {
      const { email, page } = await signedIn(app);
      const lock = app.dataSource.createQueryRunner();
      await lock.startTransaction();
      await lock.query('SELECT 1 FROM auth.accounts WHERE email = $1 FOR NO KEY UPDATE', [email]);
      const body = { currentPassword: PASSWORD, newPassword: NEXT };
      const pending = page.copy().post('/auth/password/change', body);
      expect(await waitForLock(app, 'UPDATE "auth"."accounts"')).toBe(true);
      expect((await page.logout()).status).toBe(204);
      await lock.commitTransaction();
      await lock.release();
      const response = await pending;
      expect(said(response)).toEqual([401, 'session_revoked']);
      expect(response.get('Set-Cookie')).toBeUndefined();
    });
  });

  it.each(['a logout', 'a logout everywhere', 'a logout of the others', 'a disabled account'])(
    'SS-3, F-18: but %s that comes at the same moment wins, whichever id carries it',
    async (end) => {
      const assignments = app.nest.get(AssignmentsService, { strict: false });
      const statuses = other.nest.get(AccountStatusService, { strict: false });
      for (let round = 0; round < 8; round += 1) {
        const { accountId, email, page } = await signedIn(app, 'reader');
        const sibling = new BodyClient(app);
        await sibling.login(email);
        await known(page);
        const ids = new Set([page.secretId]);
        const renewals = {
          choice: () => page.request('/auth/session/roles', { active: null }),
          step: () => page.request('/auth/step-up', { password: PASSWORD }),
          authority: async () => {
            await assignments.assign({ accountId, role: 'writer' });
            return other.get('/things').set('Cookie', page.cookieHeader());
          },
        };
        const ends: Readonly<Record<string, () => Promise<unknown>>> = {
          'a logout': () => page.copy().logout(),
          'a logout everywhere': () => page.copy().logout({ scope: 'all' }),
          'a logout of the others': async () =>
            other
              .post('/auth/logout', { scope: 'others', refresh_token: sibling.refreshToken })
              .set('Authorization', `Bearer ${sibling.accessToken}`),
          'a disabled account': () => statuses.disable(accountId),
        };
        const renew = Object.values(renewals)[round % 3]!;
        const later = async () => {
          // A step-up hashes for long: every part of it is to meet an end.
          await new Promise((resolve) => setTimeout(resolve, round % 3 === 1 ? round * 15 : round));
          return ends[end]!();
        };
        const [answer] = await Promise.all([renew(), later()]);
        ids.add(cookiesOf(answer)[SESSION_COOKIE] ?? page.secretId);
        for (const id of ids) {
          for (const instance of [app, other]) {
            await instance.settle();
            const tried = await instance
              .get('/things/mine')
              .set('Cookie', `${SESSION_COOKIE}=${id}`);
            expect([end, round, tried.status]).toEqual([end, round, 401]);
          }
        }
      }
    },
  );

  it('SS-11: and no handler makes the answer that brings it cacheable', async () => {
    const { page, accountId } = await signedIn(app);
    expect((await page.get('/grave/cached')).get('Cache-Control')).toContain('public');
    await app.sql(
      'UPDATE auth.accounts SET authority_version = authority_version + 1 WHERE id = $1',
      [accountId],
    );
    await app.sql(`INSERT INTO auth.changes (kind, account_id) VALUES ('authority', $1)`, [
      accountId,
    ]);
    await app.settle();
    const response = await page.get('/grave/cached');
    expect(cookiesOf(response)).toHaveProperty(SESSION_COOKIE);
    expect(response.get('Cache-Control')).toBe('no-store');
  });
});
