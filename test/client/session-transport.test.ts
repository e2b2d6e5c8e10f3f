import { createAuthClient } from '@portcullis/client';
import { ALICE, API, World } from './client-world';
import { Forger } from './forger';

const SESSION = { transport: 'session' } as const;

async function signedIn(): Promise<{ world: World; auth: World['pages'][number]['auth'] }> {
  const world = new World();
  const { auth } = await world.open(SESSION);
  await world.done(auth.login(ALICE));
  return { world, auth };
}

describe('a client without tokens', () => {
  it('has no token for anybody, and the cookie speaks for its requests', async () => {
    const { world, auth } = await signedIn();
    await expect(world.done(auth.getAccessToken())).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    expect((await world.done(auth.fetch(API))).status).toBe(200);
    expect(world.refreshes).toBe(0);
  });

  it('answers a wish to refresh by a look at the session, and signs nobody out', async () => {
    const { world, auth } = await signedIn();
    world.server.changePermissions(ALICE.email, []);
    await world.done(auth.refreshAuth());
    expect(auth.getState()).toMatchObject({ status: 'authenticated', permissions: [] });
    expect(world.refreshes).toBe(0);
  });

  it.each([
    ['no network', (world: World) => world.profile.goOffline()],
    ['a server that is away', ({ server }: World) => server.plan('/auth/session', 503)],
  ])(
    '23, 24: opened with %s finds out who is signed in when that has passed',
    async (_what, break_) => {
      const { world } = await signedIn();
      break_(world);
      const { auth } = await world.open(SESSION);
      expect(auth.getState().status).toBe('loading');
      if (!world.profile.online) world.profile.goOnline();
      await world.pass(31_000);
      expect(auth.user?.email).toBe(ALICE.email);
    },
  );

  it('4: asks the server at once when it is opened, since no other tab has a token for it', async () => {
    const { world } = await signedIn();
    world.profile.requests.length = 0;
    void createAuthClient({ ...SESSION, browser: world.profile.openTab().browser }).start();
    await world.pass(1);
    expect(world.profile.requests).toEqual(['GET /auth/session']);
  });

  it('SD-6: takes no token of a message', async () => {
    const { world, auth } = await signedIn();
    await new Forger(world).say({
      kind: 'access',
      access: { token: 'forged', generation: 0, life: 600_000 },
      signedIn: auth.getState(),
    });
    await expect(world.done(auth.getAccessToken())).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    expect((await world.done(auth.fetch(API))).status).toBe(200);
  });

  it('23: is stale without a network, and not any more when that is back', async () => {
    const { world, auth } = await signedIn();
    world.profile.goOffline();
    await expect(world.done(auth.refreshAuth())).rejects.toMatchObject({ code: 'offline' });
    expect(auth.getState()).toMatchObject({ status: 'stale', user: { email: ALICE.email } });
    expect([auth.user?.email, auth.hasRole('viewer')]).toEqual([ALICE.email, true]);
    world.profile.goOnline();
    await world.pass(5000);
    expect(auth.getState().status).toBe('authenticated');
  });

  it('24: is not stale for longer than the server is away, with no event to tell it', async () => {
    const { world, auth } = await signedIn();
    world.server.plan('/auth/session', 503);
    await expect(world.done(auth.refreshAuth())).rejects.toMatchObject({ status: 503 });
    await world.pass(60_000);
    expect(auth.getState().status).toBe('authenticated');
  });

  it('asks nothing on its own account while all is well', async () => {
    const { world, auth } = await signedIn();
    world.profile.requests.length = 0;
    await world.pass(3_600_000);
    expect(world.profile.requests).toEqual([]);
    expect(auth.getState().status).toBe('authenticated');
  });
});
