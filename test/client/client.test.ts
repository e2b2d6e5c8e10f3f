import { AuthError, createAuthClient } from '@portcullis/client';
import { ALICE, API, BOB, TOKEN_SECONDS, World } from './client-world';

describe('a page', () => {
  it('asks nobody when no cookie says that a session may exist', async () => {
    const world = new World();
    const { auth } = await world.open();
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'never' });
    expect(world.profile.requests).toEqual([]);
  });

  it('is signed in after a login, with the token in no place but memory', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    expect(auth.getState()).toMatchObject({
      status: 'authenticated',
      user: { email: ALICE.email },
    });
    expect(auth.user?.email).toBe(ALICE.email);
    expect(JSON.stringify(auth.getState())).not.toContain('access-');
    expect(JSON.stringify(auth)).not.toContain('access-');
  });

  it('shows why a login failed and stays signed out', async () => {
    const world = new World();
    const { auth } = await world.open();
    const failed = world.done(auth.login({ ...ALICE, password: 'wrong' }));
    await expect(failed).rejects.toMatchObject({ code: 'invalid_credentials', status: 401 });
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'never' });
  });

  it('becomes a challenge where a second factor is asked for', async () => {
    const world = new World();
    const { auth } = await world.open();
    const challenge = { token: 't', factors: ['totp'], expiresIn: 300 };
    world.server.plan('/auth/login', 401, { code: 'mfa_required', challenge });
    await expect(world.done(auth.login(ALICE))).rejects.toMatchObject({ code: 'mfa_required' });
    expect(auth.getState()).toEqual({ status: 'challenge', challenge });
  });

  it('is signed in again after a reload with one refresh', async () => {
    const world = new World();
    await world.close(await world.signedIn());
    const { auth } = await world.open();
    expect(auth.getState().status).toBe('authenticated');
    expect(world.refreshes).toBe(1);
  });

  it('starts once, however often it is asked to', async () => {
    const world = new World();
    await world.close(await world.signedIn());
    const { auth } = await world.open();
    expect(auth.start()).toBe(auth.start());
    await world.pass(1000);
    expect(world.refreshes).toBe(1);
  });
});

describe('refreshing', () => {
  it('happens before the token runs out and tells no listener', async () => {
    const world = new World();
    const page = await world.signedIn();
    const before = page.auth.getState();
    page.seen.length = 0;
    await world.pass(10 * TOKEN_SECONDS * 1000);
    expect(world.refreshes).toBeGreaterThanOrEqual(10);
    expect(world.refreshes).toBeLessThanOrEqual(12);
    expect(page.auth.getState()).toBe(before);
    expect(page.seen).toEqual([]);
  });

  it('1: is done once for twenty requests that find their token expired', async () => {
    const world = new World();
    const { tab, auth } = await world.signedIn();
    tab.hide();
    await world.clock.sleep(TOKEN_SECONDS * 1000 + 1000);
    const answers = await world.done(
      Promise.all(Array.from({ length: 20 }, () => auth.fetch(API))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(world.refreshes).toBe(1);
  });

  it('17: is the first thing after the laptop slept, and no request fails', async () => {
    const world = new World();
    const { auth, tab } = await world.signedIn();
    await world.clock.sleep(3 * TOKEN_SECONDS * 1000);
    tab.show();
    const answer = await world.done(auth.fetch(API));
    expect(answer.status).toBe(200);
    expect(world.profile.requests.slice(-2)).toEqual(['POST /auth/refresh', 'GET /invoices']);
  });

  it('20: is not confused by a clock that somebody sets', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    for (const hours of [1, -2, 1]) {
      world.clock.setWallClock(hours * 3_600_000);
      await world.pass(60_000);
    }
    expect(auth.getState().status).toBe('authenticated');
    expect(world.refreshes).toBeLessThanOrEqual(4);
  });

  it.each([
    ['the wall clock went on alone, as in the sleep of some machines', TOKEN_SECONDS * 1000, 0],
    ['somebody set the wall clock back', -3_600_000, TOKEN_SECONDS * 1000],
  ])('comes before a request whose token would be refused, when %s', async (_why, wall, passed) => {
    const world = new World();
    const { auth, tab } = await world.signedIn();
    tab.hide();
    world.clock.setWallClock(wall);
    await world.clock.sleep(passed);
    await world.done(auth.fetch(API));
    const sent = world.profile.requests.filter((request) => request !== 'POST /auth/login');
    expect(sent).toEqual(['POST /auth/refresh', 'GET /invoices']);
  });

  it('21: rests while the page is hidden, and happens when it is seen again', async () => {
    const world = new World();
    const { auth, tab } = await world.signedIn();
    tab.hide();
    await world.pass(3 * TOKEN_SECONDS * 1000);
    expect(world.refreshes).toBe(0);
    tab.show();
    await world.pass(1000);
    expect(world.refreshes).toBe(1);
    expect(auth.getState().status).toBe('authenticated');
  });

  it('23: makes the state stale, never signed out, while the network is away', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    world.profile.goOffline();
    await world.clock.sleep(TOKEN_SECONDS * 1000 + 1000);
    await expect(world.done(auth.refreshAuth())).rejects.toMatchObject({ code: 'offline' });
    expect(auth.getState()).toMatchObject({ status: 'stale', user: { email: ALICE.email } });
    world.profile.goOnline();
    await world.pass(10_000);
    expect(auth.getState().status).toBe('authenticated');
  });

  it('24: tries again with the same attempt after 503, and recovers', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    world.server.plan('/auth/refresh', 503, { code: 'overloaded' });
    world.server.plan('/auth/refresh', 503, { code: 'overloaded' });
    await world.done(auth.refreshAuth());
    expect(world.refreshes).toBe(3);
    expect(auth.getState().status).toBe('authenticated');
  });

  it('25: waits for as long as Retry-After says', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    world.server.plan('/auth/refresh', 429, { code: 'throttled' }, { 'retry-after': '3' });
    const refreshing = auth.refreshAuth();
    await world.pass(2900);
    expect(world.refreshes).toBe(1);
    await world.pass(500);
    await refreshing;
    expect(world.refreshes).toBe(2);
  });

  it('30: keeps the session when a proxy answers with a page', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    world.server.plan('/auth/refresh', 200, { title: 'Welcome to the hotel' });
    await expect(world.done(auth.refreshAuth())).rejects.toMatchObject({ code: 'protocol' });
    expect(auth.getState().status).toBe('authenticated');
  });

  it.each([
    ['session_expired', 'session_expired'],
    ['session_revoked', 'session_revoked'],
    ['refresh_reused', 'refresh_reused'],
    ['account_disabled', 'account_disabled'],
    ['unauthenticated', 'session_revoked'],
  ])('ends the session for %s, and says why', async (code, reason) => {
    const world = new World();
    const { auth } = await world.signedIn();
    const ended: string[] = [];
    auth.onSignOut((why) => void ended.push(why));
    world.server.plan('/auth/refresh', 401, { code });
    await expect(world.done(auth.refreshAuth())).rejects.toBeInstanceOf(AuthError);
    expect(auth.getState()).toEqual({ status: 'anonymous', reason });
    expect(ended).toEqual([reason]);
  });

  it.each([401, 403, 404, 500])('keeps the session for %i with any other code', async (status) => {
    const world = new World();
    const { auth } = await world.signedIn();
    for (let count = 0; count < 3; count += 1) {
      world.server.plan('/auth/refresh', status, { code: 'something_else' });
    }
    await world.done(auth.refreshAuth().catch(() => undefined));
    expect(auth.getState().status).toBe('authenticated');
  });
});

describe('a request of the application', () => {
  it('carries the token to the own origin, and to others only when they are allowed', async () => {
    const world = new World();
    const page = await world.open({ allowedOrigins: ['https://api.example.org'] });
    await world.done(page.auth.login(ALICE));
    const urls = ['/a', 'https://api.example.org/b', 'https://evil.example/c'];
    const answers = await world.done(Promise.all(urls.map((url) => page.auth.fetch(url))));
    const sent = answers.map(({ status }) => status);
    expect(sent).toEqual([200, 200, 401]);
  });

  it('27: is not replayed for a 401 that the API gives for reasons of its own', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    world.server.plan('/invoices', 401, { code: 'card_declined' });
    const answer = await world.done(auth.fetch(API));
    expect(answer.status).toBe(401);
    expect(world.refreshes).toBe(0);
    expect(auth.getState().status).toBe('authenticated');
  });

  it('28: is replayed once and no more', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    const stale = { 'www-authenticate': 'Bearer error="invalid_token"' };
    world.server.plan('/invoices', 401, { code: 'invalid_token' }, stale);
    world.server.plan('/invoices', 401, { code: 'invalid_token' }, stale);
    const answer = await world.done(auth.fetch(API));
    expect(answer.status).toBe(401);
    expect(world.profile.count('/invoices')).toBe(2);
    expect(world.refreshes).toBe(1);
  });

  it('38: learns of another authority from the answers, with one silent look', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    expect(auth.can('invoices:approve')).toBe(false);
    world.server.changePermissions(ALICE.email, ['invoices:read', 'invoices:approve']);
    await world.done(Promise.all([auth.fetch(API), auth.fetch(API), auth.fetch(API)]));
    expect(auth.can('invoices:approve')).toBe(true);
    expect(world.profile.count('/auth/session')).toBe(1);
  });

  it('38: is not shown an authority of before by a refresh that was answered late', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    await world.delayed('/auth/refresh', 1000, async () => {
      const refreshing = auth.refreshAuth();
      await world.pass(200);
      world.server.changePermissions(ALICE.email, []);
      await world.done(auth.fetch(API));
      await refreshing;
    });
    expect(auth.can('invoices:read')).toBe(false);
  });

  it('38: looks again when the server that it asked did not know yet', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    world.server.changePermissions(ALICE.email, []);
    world.server.plan('/auth/session', 200, auth.getState());
    await world.done(auth.fetch(API));
    await world.pass(6000);
    await world.done(auth.fetch(API));
    await world.pass(1000);
    expect(auth.can('invoices:read')).toBe(false);
  });

  it('26: gives up for the caller alone, and at once, when the caller aborts', async () => {
    const world = new World();
    const { auth, tab } = await world.signedIn();
    tab.hide();
    await world.clock.sleep(TOKEN_SECONDS * 1000 + 1000);
    const aborter = new AbortController();
    await world.delayed('/auth/refresh', 1000, async () => {
      const aborted = auth.fetch(API, { signal: aborter.signal }).catch((error: unknown) => error);
      const other = auth.fetch(API);
      await world.pass(100);
      aborter.abort();
      // No time passes: the refresh is still under way.
      expect(await aborted).toMatchObject({ name: 'AbortError' });
      expect((await world.done(other)).status).toBe(200);
    });
    expect(world.profile.count('/invoices')).toBe(1);
    expect(world.refreshes).toBe(1);
  });
});

describe('signing out', () => {
  it('ends the tab at once and the session at the server', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    const leaving = auth.logout();
    await Promise.resolve();
    await Promise.resolve();
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out' });
    await world.done(leaving);
    expect(world.server.live).toBe(0);
  });

  it('32: cannot be undone by a refresh that was under way', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    const refreshing = auth.refreshAuth().catch((error: unknown) => error);
    await world.pass(20);
    await world.done(auth.logout());
    expect(await refreshing).toMatchObject({ code: 'superseded' });
    expect(auth.getState().status).toBe('anonymous');
  });

  it('35: reaches the server later when the network is away', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    world.profile.goOffline();
    await expect(world.done(auth.logout())).rejects.toMatchObject({ code: 'offline' });
    expect(auth.getState().status).toBe('anonymous');
    expect(world.server.live).toBe(1);
    world.profile.goOnline();
    await world.pass(1000);
    expect(world.server.live).toBe(0);
  });

  it('36: leaves nothing that a late answer could put on the next person', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    const late = auth.refreshAuth().catch((error: unknown) => error);
    const leaving = auth.logout();
    await world.done(Promise.all([leaving, auth.login(BOB)]));
    await late;
    expect(auth.user?.email).toBe(BOB.email);
    expect((await (await world.done(auth.fetch(API))).json()) as object).toEqual({ by: BOB.email });
  });

  it('37: is noticed when an administrator did it', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    world.server.revokeAll();
    expect((await world.done(auth.fetch(API))).status).toBe(401);
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'session_revoked' });
  });
});

describe('a client that is disposed of', () => {
  it('does nothing on its own any more, whatever happens to the page', async () => {
    const world = new World();
    const { auth, tab } = await world.signedIn();
    auth.dispose();
    world.profile.requests.length = 0;
    for (const event of ['visible', 'online', 'shown_again', 'cookies'] as const) tab.emit(event);
    await world.pass(10 * TOKEN_SECONDS * 1000);
    expect(world.profile.requests).toEqual([]);
  });

  it('ends the refresh that is under way, and begins no other', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    world.profile.requests.length = 0;
    const refreshing = auth.refreshAuth();
    auth.dispose();
    await world.done(refreshing);
    await world.pass(10 * TOKEN_SECONDS * 1000);
    expect(world.profile.requests).toEqual(['POST /auth/refresh']);
    expect(auth.getState().status).toBe('authenticated');
  });

  it('fails in no way when it is started late, and leaves the lock to the next', async () => {
    const world = new World();
    await world.close(await world.signedIn());
    const [replaced, replacing] = [world.profile.openTab(), world.profile.openTab()].map(
      ({ browser }) => createAuthClient({ browser }),
    );
    replaced!.dispose();
    await world.done(Promise.all([replaced!.start(), replacing!.start()]));
    expect(replacing!.user?.email).toBe(ALICE.email);
    expect(world.refreshes).toBeLessThanOrEqual(2);
  });

  it('ends a session for itself alone, and tells the server', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    auth.dispose();
    await world.done(auth.logout());
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out' });
    expect(world.profile.requests.at(-1)).toBe('POST /auth/logout');
  });
});

describe('a client on a server that renders pages', () => {
  it('holds what it is given, asks nobody, and joins no channel, where people would meet', () => {
    const opened = jest.spyOn(globalThis, 'BroadcastChannel');
    const auth = createAuthClient({ initialState: { status: 'anonymous', reason: 'never' } });
    expect(auth.getState()).toBe(auth.getInitialState());
    expect(auth.user).toBeNull();
    expect(opened).not.toHaveBeenCalled();
    auth.dispose();
    opened.mockRestore();
  });
});
