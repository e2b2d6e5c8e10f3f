import { ALICE, API, BOB, World, type Page } from './client-world';
import { Forger } from './forger';

const SESSION = 'session-1';

function signedInAs(email: string, sessionId = SESSION): object {
  return {
    user: { id: email, email, emailVerified: true, displayName: null },
    session: { id: sessionId, createdAt: 'x', amr: [], authTime: '2099', tenantId: null },
    roles: ['administrator'],
    permissions: ['invoices:approve'],
    authorityVersion: 1,
  };
}

function accessOf(more: object = {}): object {
  return { token: 'forged', generation: 0, life: 600_000, ...more };
}

async function attacked(): Promise<Page & { world: World; forger: Forger }> {
  const world = new World();
  const page = await world.signedIn();
  return { ...page, world, forger: new Forger(world) };
}

async function sentBy({ auth }: Page, world: World): Promise<string> {
  const before = world.profile.requests.length;
  expect((await world.done(auth.fetch(API))).status).toBe(200);
  return world.profile.requests.slice(before).join();
}

describe('what a script of the same origin says to the tabs', () => {
  it.each([
    ['nothing', null],
    ['a text', 'ended'],
    ['a kind that there is not', { kind: 'signed_out' }],
    ['no kind', {}],
    ['a kind of every object', { kind: 'constructor' }],
    ['a list', ['ended']],
    ['a token without its owner', { kind: 'access', access: accessOf() }],
    ['a token of nobody', { kind: 'access', access: accessOf(), signedIn: null }],
    ['no token', { kind: 'access', access: null, signedIn: signedInAs(ALICE.email) }],
    ['an end of no text', { kind: 'ended', sessionId: { of: SESSION }, reason: 'signed_out' }],
    ['an end of another session', { kind: 'ended', sessionId: 'another', reason: 'signed_out' }],
    ['a beginning of no text', { kind: 'began', sessionId: { of: SESSION } }],
    ['a beginning of nothing', { kind: 'began' }],
    ['a beginning of the own session', { kind: 'began', sessionId: SESSION }],
  ])('SD-6: is ignored where it is %s', async (_what, message) => {
    const { world, auth, forger, seen } = await attacked();
    const requests = [...world.profile.requests];
    seen.length = 0;
    await forger.say(message);
    expect([auth.user?.email, seen]).toEqual([ALICE.email, []]);
    expect(world.profile.requests).toEqual(requests);
  });

  it.each(['forged', 'a.b-c_d~e+f/g=='])(
    'would be believed where it is what another tab says: %s',
    async (token) => {
      const { auth, forger } = await attacked();
      const signedIn = signedInAs(ALICE.email);
      await forger.say({ kind: 'access', access: accessOf({ token }), signedIn });
      expect(await auth.getAccessToken()).toBe(token);
      expect(auth.can('invoices:approve')).toBe(true);
    },
  );

  it.each([
    ['no text', { token: { a: 1 } }],
    ['empty', { token: '' }],
    ['of several lines', { token: 'a\nb' }],
    ['of no generation', { generation: Number.NaN }],
    ['of a generation before the first', { generation: -1 }],
    ['of half a generation', { generation: 0.5 }],
    ['of a generation that the cookie does not know', { generation: 1 }],
    ['of the last generation ever', { generation: Number.MAX_SAFE_INTEGER }],
    ['of an endless generation', { generation: Number.POSITIVE_INFINITY }],
    ['of no life', { life: Number.NaN }],
    ['of a life that is over', { life: -1 }],
    ['of a life in words', { life: 'long' }],
  ])('SD-6: a token %s takes no place of the own one', async (_what, more) => {
    const { world, forger, ...page } = await attacked();
    const token = await page.auth.getAccessToken();
    await forger.say({
      kind: 'access',
      access: accessOf(more),
      signedIn: signedInAs(ALICE.email),
    });
    expect(await page.auth.getAccessToken()).toBe(token);
    expect(page.auth.can('invoices:approve')).toBe(false);
    expect(await sentBy(page, world)).toBe('GET /invoices');
  });

  it.each([
    ['without roles', { roles: undefined }],
    ['with roles that are no list', { roles: 'administrator' }],
    ['with permissions in one text', { permissions: 'invoices:approve' }],
    ['with permissions that are none', { permissions: [{}] }],
    ['without an address', { user: { id: ALICE.email } }],
    ['with a version in words', { authorityVersion: 'x' }],
    ['of another person', signedInAs(BOB.email)],
    ['of another session', { session: { id: 'another', authTime: '2099' } }],
    ['whose session has no id', { session: { authTime: '2099' } }],
    ['whose session has no proof', { session: { id: SESSION } }],
  ])('SD-6: nobody is shown %s', async (_what, more) => {
    const { auth, forger, seen } = await attacked();
    const before = auth.getState();
    seen.length = 0;
    await forger.say({
      kind: 'access',
      access: accessOf(),
      signedIn: { ...signedInAs(ALICE.email), ...more },
    });
    expect(auth.getState()).toBe(before);
    expect(seen).toEqual([]);
  });

  it('SD-6: can name no status, and adds nothing to the state', async () => {
    const { auth, forger } = await attacked();
    const added = { status: 'challenge', challenge: { token: 'c' }, reason: 'never', token: 't' };
    await forger.say({
      kind: 'access',
      access: accessOf(),
      signedIn: { ...signedInAs(ALICE.email), ...added },
    });
    expect(Object.keys(auth.getState()).sort()).toEqual([
      'authorityVersion',
      'permissions',
      'roles',
      'session',
      'status',
      'user',
    ]);
    expect(auth.getState().status).toBe('authenticated');
  });

  it.each([
    [{ text: 'no text' }, 'signed_out_elsewhere'],
    ['<img src=x>', 'signed_out_elsewhere'],
    ['never', 'signed_out_elsewhere'],
    ['unauthenticated', 'session_revoked'],
    ['session_expired', 'session_expired'],
  ])('SD-6: gives no other reason for an end than there are: %j', async (reason, shown) => {
    const { auth, forger } = await attacked();
    await forger.say({ kind: 'ended', sessionId: SESSION, reason });
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: shown });
  });

  it('SD-6: breaks off no request, however often another session is said to have begun', async () => {
    const { world, auth, forger } = await attacked();
    await world.delayed('/invoices', 500, async () => {
      const [late, refreshing] = [auth.fetch(API), auth.refreshAuth()];
      await forger.say({ kind: 'began', sessionId: 'another' }, { kind: 'began', sessionId: 'x' });
      expect((await world.done(late)).status).toBe(200);
      await refreshing;
    });
    expect(auth.user?.email).toBe(ALICE.email);
  });

  it('SD-6: shows nobody on a page that is signed out', async () => {
    const { world, auth, forger } = await attacked();
    await world.done(auth.logout());
    const requests = [...world.profile.requests];
    for (let round = 0; round < 3; round += 1) {
      await forger.say(
        { kind: 'began', sessionId: SESSION },
        { kind: 'access', access: accessOf(), signedIn: signedInAs(BOB.email) },
        { kind: 'ask' },
      );
    }
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out' });
    expect(world.profile.requests).toEqual(requests);
  });

  it('SD-6: takes away no reason that a page shows', async () => {
    const { world, auth, forger } = await attacked();
    world.server.plan('/auth/refresh', 401, { code: 'session_expired' });
    await world.done(auth.refreshAuth().catch(() => undefined));
    world.profile.jar.clear();
    await forger.say({ kind: 'began', sessionId: 'another' }, { kind: 'ended', reason: 'never' });
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'session_expired' });
  });
});

describe('what a tab says to the others', () => {
  it('32: names the session that ended, so that none but that one ends', async () => {
    const { world, auth, forger } = await attacked();
    await world.done(auth.logout());
    expect(forger.heard).toContainEqual({
      v: 1,
      message: { kind: 'ended', sessionId: SESSION, reason: 'signed_out' },
    });
  });

  it('SD-6: holds of a sign-in what the others show, and nothing else', async () => {
    const world = new World();
    const forger = new Forger(world);
    const { auth } = await world.signedIn();
    const { status, ...shown } = { ...auth.getState() };
    expect(status).toBe('authenticated');
    const access = { token: await auth.getAccessToken(), generation: 0, life: 600_000 };
    expect(forger.heard).toContainEqual({
      v: 1,
      message: { kind: 'access', access, signedIn: shown },
    });
  });

  it('SD-6: holds no token where tabs are to share none', async () => {
    const world = new World();
    const forger = new Forger(world);
    const { auth } = await world.open({ shareToken: false });
    await world.done(auth.login(ALICE));
    await world.done(auth.refreshAuth());
    await forger.say({ kind: 'ask' });
    expect(JSON.stringify(forger.heard)).not.toContain('access-');
    expect(forger.heard).toContainEqual(
      expect.objectContaining({ message: { kind: 'began', sessionId: SESSION } }),
    );
  });
});
