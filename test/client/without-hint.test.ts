import { createAuthClient, type AuthClientOptions } from '@portcullis/client';
import { ALICE, BOB, SIGNED_IN, World, type Page } from './client-world';
import { Forger } from './forger';

const ENDED_ELSEWHERE = { status: 'anonymous', reason: 'signed_out_elsewhere' };
const OPTIONS = { baseUrl: 'https://api.example.org/auth' } as const;

/** A page whose API is on another origin, so that it sees no cookie of it. */
async function open(
  world: World,
  options: Partial<AuthClientOptions> = {},
): Promise<Pick<Page, 'auth'>> {
  const { browser } = world.profile.openTab();
  const auth = createAuthClient({
    ...OPTIONS,
    ...options,
    browser: { ...browser, cookies: () => '' },
  });
  await world.done(auth.start());
  return { auth };
}

async function signedIn(options: Partial<AuthClientOptions> = {}) {
  const world = new World();
  const page = await open(world, options);
  await world.done(page.auth.login(ALICE));
  world.profile.requests.length = 0;
  return { world, ...page };
}

function refuse(world: World, path: string, code: string): void {
  world.server.plan(path, 401, { code });
}

describe('a page that sees no cookie of its API', () => {
  it('asks the server who is there, since no cookie could say', async () => {
    const { world, auth } = await signedIn({ shareToken: false });
    auth.dispose();
    expect((await open(world)).auth.user?.email).toBe(ALICE.email);
    expect(world.refreshes).toBe(1);
  });

  it('takes an address of the routes that ends with a slash', async () => {
    const { auth } = await signedIn({ baseUrl: `${OPTIONS.baseUrl}/` });
    expect(auth.user?.email).toBe(ALICE.email);
  });

  it('SD-4: sends the credential to the origin of its API, named once', async () => {
    const { world, auth } = await signedIn();
    const answer = await world.done(auth.fetch('https://api.example.org/invoices'));
    expect(answer.status).toBe(200);
  });

  it('4: is handed the token of another one, and follows its sign-in and its sign-out', async () => {
    const { world, auth } = await signedIn();
    const other = await open(world);
    expect(other.auth.user?.email).toBe(ALICE.email);
    expect(world.refreshes).toBe(0);
    await world.done(auth.login(BOB));
    expect(other.auth.user?.email).toBe(BOB.email);
    await world.done(auth.logout());
    expect(other.auth.getState()).toEqual(ENDED_ELSEWHERE);
  });

  it('34, SD-9: shows nobody of before while it finds out whose the session of another is', async () => {
    const { world, auth } = await signedIn({ shareToken: false });
    const other = await open(world, { shareToken: false });
    const shown: string[] = [];
    other.auth.subscribe(() => shown.push(other.auth.user?.email ?? 'nobody'));
    await world.delayed('/auth/refresh', 3000, async () => {
      await world.done(auth.login(BOB));
      expect(shown).toEqual(['nobody']);
      await world.pass(10_000);
    });
    expect(shown).toEqual(['nobody', BOB.email]);
  });

  it('32: ends with one that did not know yet who was there when it was left', async () => {
    const { world, auth } = await signedIn({ shareToken: false });
    await world.delayed('/auth/refresh', 1000, async () => {
      const leaving = createAuthClient({
        ...OPTIONS,
        browser: { ...world.profile.openTab().browser, cookies: () => '' },
      });
      void leaving.start();
      await world.pass(100);
      await world.done(leaving.logout());
    });
    expect(auth.getState()).toEqual(ENDED_ELSEWHERE);
  });

  it('SD-6: that is signed out is shown nobody by a message', async () => {
    const { world, auth } = await signedIn();
    await world.done(auth.logout());
    await new Forger(world).say({
      kind: 'access',
      access: { token: 'forged', generation: 0, life: 600_000 },
      signedIn: SIGNED_IN,
    });
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out' });
  });
});

describe.each([
  ['cookie', '/auth/refresh'],
  ['session', '/auth/session'],
] as const)('a sign-in whose cookie no page can see, transport %s', (transport, path) => {
  let errors: jest.SpyInstance;
  beforeEach(() => (errors = jest.spyOn(console, 'error').mockImplementation(() => undefined)));
  afterEach(() => errors.mockRestore());

  it('31: that the server never hears of again was kept by no browser', async () => {
    const { world, auth } = await signedIn({ transport });
    refuse(world, path, 'unauthenticated');
    await world.done(auth.refreshAuth().catch(() => undefined));
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'cookie_rejected' });
    expect(errors).toHaveBeenCalledTimes(1);
  });

  it('31: that came back once was kept, whatever happened to it later', async () => {
    const { world, auth } = await signedIn({ transport });
    await world.done(auth.refreshAuth());
    refuse(world, path, 'unauthenticated');
    await world.done(auth.refreshAuth().catch(() => undefined));
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'session_revoked' });
    expect(errors).not.toHaveBeenCalled();
  });

  it('31: that the server knows to have ended was kept', async () => {
    const { world, auth } = await signedIn({ transport });
    refuse(world, path, 'session_expired');
    await world.done(auth.refreshAuth().catch(() => undefined));
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'session_expired' });
    expect(errors).not.toHaveBeenCalled();
  });
});
