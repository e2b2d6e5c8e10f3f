import { AccountStatusService } from '../../src/authentication/account-status.service';
import { ageSession } from '../support/aged-sessions';
import { PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';
import { waitForLock } from '../support/lock-wait';
import { BodyClient } from '../support/session-client';

const EMAIL = 'edsger@example.test';

describe('sessions', () => {
  let app: AuthApp;
  let accountId: string;
  beforeAll(async () => {
    app = await startAuthApp();
    accountId = await app.createAccount(EMAIL, 'reader');
  });
  afterAll(() => app.close());

  const signedIn = async (email = EMAIL) => {
    const client = new BodyClient(app);
    await client.login(email);
    return client;
  };

  it('tells who is signed in without touching the session', async () => {
    const client = await signedIn();
    const response = await client.get('/auth/session');
    expect(response.status).toBe(200);
    expect(response.body).toMatchObject({
      user: { id: accountId, email: EMAIL },
      session: { id: client.sessionId, generation: 0 },
      roles: ['reader'],
      permissions: ['things:read'],
    });
    expect(response.get('x-authority-version')).toBe(String(response.body.authorityVersion));
    expect(response.get('Cache-Control')).toBe('no-store');
  });

  it('says that a session has expired, although its access token has not', async () => {
    const client = await signedIn();
    await ageSession(app, client.sessionId, 1_209_601);
    const response = await client.get('/auth/session');
    expect([response.status, response.body.code]).toEqual([401, 'session_expired']);
  });

  it('SS-7: lists the live sessions with device and address, and no secret', async () => {
    const client = await signedIn();
    const gone = await signedIn();
    await gone.logout();
    const response = await client.get('/auth/sessions');
    const body = response.body as { id: string; current: boolean }[];
    const mine = body.find(({ id }) => id === client.sessionId);
    expect(mine).toEqual({
      id: client.sessionId,
      device: null,
      ip: '127.0.0.1',
      createdAt: expect.stringMatching(/Z$/),
      lastSeenAt: expect.stringMatching(/:[0-5][05]:00\.000Z$/),
      current: true,
    });
    expect(body.filter(({ current }) => current)).toHaveLength(1);
    expect(JSON.stringify(body)).not.toContain(gone.sessionId);
  });

  it('SS-7: ends one session and only that one', async () => {
    const [client, other] = [await signedIn(), await signedIn()];
    const end = () =>
      app
        .delete(`/auth/sessions/${other.sessionId}`)
        .set('Authorization', `Bearer ${client.accessToken}`);
    expect((await end()).status).toBe(204);
    expect((await other.get('/things')).status).toBe(401);
    expect((await other.refresh()).body.code).toBe('session_revoked');
    expect((await client.refresh()).status).toBe(200);
    expect((await end()).status).toBe(404);
  });

  it.each([
    '',
    'null',
    'undefined',
    '%7B%7D',
    '00000000-0000-7000-8000-000000000000',
    `' OR 1=1--`,
  ])('AD-5: ends nothing for the id "%s"', async (id) => {
    const client = await signedIn();
    const response = await app
      .delete(`/auth/sessions/${id}`)
      .set('Authorization', `Bearer ${client.accessToken}`);
    expect(response.status).toBe(404);
    expect((await client.refresh()).status).toBe(200);
  });

  it('answers for a session of somebody else as for one that does not exist', async () => {
    await app.createAccount('tony@example.test');
    const [mine, theirs] = [await signedIn(), await signedIn('tony@example.test')];
    const response = await app
      .delete(`/auth/sessions/${theirs.sessionId}`)
      .set('Authorization', `Bearer ${mine.accessToken}`);
    expect([response.status, response.body.code]).toEqual([404, 'not_found']);
    expect((await theirs.refresh()).status).toBe(200);
  });

  it('SS-6: disabling an account ends everything, and enabling it revives nothing', async () => {
    const email = 'leslie@example.test';
    const id = await app.createAccount(email, 'reader');
    const client = await signedIn(email);
    const status = app.nest.get(AccountStatusService, { strict: false });
    await status.disable(id);
    expect((await client.get('/things')).status).toBe(401);
    expect((await client.refresh()).body.code).toBe('account_disabled');
    expect((await client.login(email)).body.code).toBe('invalid_credentials');
    await status.enable(id);
    expect((await client.refresh()).body.code).toBe('session_revoked');
    expect((await client.get('/things')).status).toBe(401);
    expect((await client.login(email)).status).toBe(200);
    await expect(status.enable(id)).rejects.toMatchObject({ code: 'conflict' });
  });

  describe('password change', () => {
    const NEXT = 'another long pass phrase 43';
    let client: BodyClient;
    let other: BodyClient;
    let email: string;
    let people = 0;
    beforeEach(async () => {
      email = `person-${(people += 1)}@example.test`;
      await app.createAccount(email, 'reader');
      [client, other] = [await signedIn(email), await signedIn(email)];
    });

    const change = (body: object) =>
      app.post('/auth/password/change', body).set('Authorization', `Bearer ${client.accessToken}`);

    it('PW-8: needs the current password, counts wrong ones, and leaves the old one in force', async () => {
      const statuses: number[] = [];
      for (let guess = 0; guess < 8; guess += 1) {
        const body = { currentPassword: `wrong ${guess}`, newPassword: NEXT };
        statuses.push((await change(body)).status);
      }
      expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
      expect(statuses.at(-1)).toBe(429);
      expect((await change({ newPassword: NEXT })).status).toBe(400);
      expect((await new BodyClient(app).login(email)).status).toBe(200);
    });

    it('RT-8: ends the other sessions and keeps the one that asks', async () => {
      const response = await change({ currentPassword: PASSWORD, newPassword: NEXT });
      expect(response.status).toBe(204);
      expect((await client.get('/things')).status).toBe(200);
      expect((await client.refresh()).status).toBe(200);
      expect((await client.get('/things')).status).toBe(200);
      expect((await other.get('/things')).status).toBe(401);
      expect((await other.refresh()).body.code).toBe('session_revoked');
      expect((await new BodyClient(app).login(email)).status).toBe(401);
      expect((await new BodyClient(app).login(email, NEXT)).status).toBe(200);
    });

    it('PW-1: refuses a new password against the policy and changes nothing', async () => {
      const response = await change({ currentPassword: PASSWORD, newPassword: 'fourteen chars' });
      expect([response.status, response.body.code]).toEqual([400, 'password_policy']);
      expect((await other.refresh()).status).toBe(200);
    });

    it('finishes no change for a session that ended meanwhile, and revives no token of it', async () => {
      const lock = app.dataSource.createQueryRunner();
      await lock.startTransaction();
      await lock.query('SELECT 1 FROM auth.accounts WHERE email = $1 FOR NO KEY UPDATE', [email]);
      const pending = change({ currentPassword: PASSWORD, newPassword: NEXT }).then((r) => r);
      expect(await waitForLock(app, 'UPDATE "auth"."accounts"')).toBe(true);
      await app.sql('UPDATE auth.sessions SET revoked_at = now() WHERE id = $1', [
        client.sessionId,
      ]);
      await lock.commitTransaction();
      await lock.release();
      const response = await pending;
      expect([response.status, response.body.code]).toEqual([401, 'session_revoked']);
      expect((await other.refresh()).status).toBe(200);
      expect((await new BodyClient(app).login(email)).status).toBe(200);
    });

    it('PW-14: charges nothing for what can be no password', async () => {
      for (let attempt = 0; attempt < 8; attempt += 1) {
        const body = { currentPassword: 'x'.repeat(2000), newPassword: NEXT };
        expect((await change(body)).body.code).toBe('validation_failed');
      }
      expect((await change({ currentPassword: PASSWORD, newPassword: NEXT })).status).toBe(204);
    });

    it('CK-7: refuses a form post', async () => {
      const response = await change({}).type('form');
      expect(response.status).toBe(415);
    });
  });
});
