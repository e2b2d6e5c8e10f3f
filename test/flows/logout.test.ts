import { ORIGIN, startAuthApp, type AuthApp } from '../support/auth-app';
import { BodyClient, BrowserClient, REFRESH_COOKIE } from '../support/session-client';

const EMAIL = 'alan@example.test';

describe('logout', () => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await startAuthApp();
    await app.createAccount(EMAIL, 'reader');
  });
  afterAll(() => app.close());

  const signedIn = async () => {
    const client = new BodyClient(app);
    await client.login(EMAIL);
    return client;
  };

  it('SS-3: ends the session at the back end, refresh token and access token alike', async () => {
    const client = await signedIn();
    expect((await client.logout()).status).toBe(204);
    expect((await client.refresh()).body.code).toBe('session_revoked');
    const refused = await client.get('/things');
    expect([refused.status, refused.body.code]).toEqual([401, 'invalid_token']);
    expect(refused.get('WWW-Authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('SS-3: is idempotent, and answers a stranger no differently', async () => {
    const client = await signedIn();
    await client.logout();
    expect((await client.logout()).status).toBe(204);
    expect((await app.post('/auth/logout')).status).toBe(204);
  });

  it('works by a superseded refresh token, and by the access token alone', async () => {
    const one = await signedIn();
    const superseded = one.refreshToken;
    await one.refresh();
    await app.post('/auth/logout', { refresh_token: superseded });
    expect((await one.refresh()).status).toBe(401);
    const other = await signedIn();
    await app.post('/auth/logout').set('Authorization', `Bearer ${other.accessToken}`);
    expect((await other.refresh()).status).toBe(401);
  });

  it('CK-15: clears the cookies with the attributes they were set with', async () => {
    const browser = new BrowserClient(app);
    await browser.login(EMAIL);
    const response = await browser.logout();
    expect(response.status).toBe(204);
    const cleared = response.get('Set-Cookie') as string[];
    expect(cleared.map((line) => line.split('=')[0]).sort()).toEqual([
      '__Host-portcullis-hint',
      '__Host-portcullis-refresh',
      '__Host-portcullis-session',
    ]);
    for (const line of cleared)
      expect(line).toMatch(/=; Path=\/; Max-Age=0; .*Secure; SameSite=Strict$/);
    expect(browser.cookies[REFRESH_COOKIE]).toBeUndefined();
  });

  it.each([
    [{ Origin: '' }, 'origin_refused'],
    [{ Origin: 'https://evil.example' }, 'origin_refused'],
    [{ 'x-csrf': '' }, 'csrf_failed'],
  ])('CK-6: refuses to sign a browser out for %j', async (headers, code) => {
    const browser = new BrowserClient(app);
    await browser.login(EMAIL);
    const response = await browser.request('/auth/logout', {}, headers);
    expect([response.status, response.body.code]).toEqual([403, code]);
    expect((await browser.refresh()).status).toBe(200);
  });

  it('ends the other sessions and keeps the one that asks', async () => {
    const [kept, other, third] = [await signedIn(), await signedIn(), await signedIn()];
    expect((await kept.logout({ scope: 'others' })).status).toBe(204);
    expect((await kept.get('/things')).status).toBe(200);
    expect((await kept.refresh()).status).toBe(200);
    for (const ended of [other, third]) {
      expect((await ended.refresh()).body.code).toBe('session_revoked');
      expect((await ended.get('/things')).status).toBe(401);
    }
  });

  it('ends every session, its own included', async () => {
    const clients = [await signedIn(), await signedIn()];
    expect((await clients[0]!.logout({ scope: 'all' })).status).toBe(204);
    for (const ended of clients) {
      expect((await ended.refresh()).body.code).toBe('session_revoked');
      expect((await ended.get('/things')).status).toBe(401);
    }
    expect((await (await signedIn()).get('/things')).status).toBe(200);
  });

  it.each(['others', 'all'])('refuses to end %s for a session that has ended', async (scope) => {
    const client = await signedIn();
    const bystander = await signedIn();
    await client.logout();
    expect((await client.logout({ scope })).body.code).toBe('session_revoked');
    expect((await app.post('/auth/logout', { scope })).body.code).toBe('unauthenticated');
    expect((await bystander.refresh()).status).toBe(200);
  });

  it('SS-9: never mixes up two people who use one browser', async () => {
    const second = 'barbara@example.test';
    const id = await app.createAccount(second);
    const browser = new BrowserClient(app);
    await browser.login(EMAIL);
    const first = { ...browser.cookies };
    browser.cookies['__Host-portcullis-hint'] = '';
    await browser.logout();
    const { body } = await browser.login(second);
    expect(body.user.id).toBe(id);
    const stale = new BrowserClient(app);
    Object.assign(stale.cookies, first);
    expect((await stale.refresh()).body.code).toBe('session_revoked');
    expect((await browser.refresh()).body.user.id).toBe(id);
  });

  it('says that a bad access token alone ended nothing, and ignores it beside a good token', async () => {
    const client = await signedIn();
    const bad = { Authorization: 'Bearer not.a.token' };
    const alone = await app.post('/auth/logout').set(bad);
    expect([alone.status, alone.body.code]).toEqual([401, 'invalid_token']);
    const body = { refresh_token: client.refreshToken };
    expect((await app.post('/auth/logout', body).set(bad)).status).toBe(204);
    expect((await client.refresh()).status).toBe(401);
  });

  it('refuses a foreign origin even without a cookie', async () => {
    const response = await app.post('/auth/logout').set('Origin', `${ORIGIN}:444`);
    expect(response.body.code).toBe('origin_refused');
  });
});
