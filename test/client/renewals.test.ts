import type { AuthError } from '@portcullis/client';
import {
  ALICE,
  API,
  BOB,
  SIGNED_IN,
  TOKEN_SECONDS,
  codeOf,
  World,
  type Page,
} from './client-world';

const REFUSAL = { 'www-authenticate': 'Bearer error="invalid_token"' };

async function statusOf(answer: Promise<Response>): Promise<unknown> {
  return answer.then(
    ({ status }) => status,
    (error: unknown) => (error as Partial<AuthError>).code ?? error,
  );
}

async function signedIn(): Promise<Page & { readonly world: World }> {
  const world = new World();
  const page = await world.signedIn();
  world.profile.requests.length = 0;
  return { ...page, world };
}

function refuse(world: World, path = '/invoices'): void {
  world.server.plan(path, 401, { code: 'invalid_token' }, REFUSAL);
}

describe('an access token', () => {
  it('is renewed at the very moment at which its life is over, and not before somebody needs more', async () => {
    const { world, auth, tab } = await signedIn();
    tab.hide();
    // It came 1.9 s ago.
    await world.clock.sleep(TOKEN_SECONDS * 1000 - 1901);
    await auth.getAccessToken(0);
    expect(world.refreshes).toBe(0);
    await world.clock.sleep(1);
    await world.done(auth.getAccessToken(0));
    expect(world.refreshes).toBe(1);
  });

  it.each([
    [120, 100, 1],
    [80, 100, 0],
    [undefined, 9, 1],
    [undefined, 11, 0],
  ])(
    'wanted for %p s with %i s of life left costs %i refreshes',
    async (wanted, left, refreshes) => {
      const { world, auth, tab } = await signedIn();
      tab.hide();
      await world.clock.sleep((TOKEN_SECONDS - left) * 1000 - 2000);
      await world.done(auth.getAccessToken(wanted));
      expect(world.refreshes).toBe(refreshes);
    },
  );
});

describe('a request that is refused', () => {
  it('28: takes the token that another one has renewed meanwhile', async () => {
    const { world, auth } = await signedIn();
    const slow = new URL('/slow', API).href;
    for (const path of ['/invoices', '/slow']) refuse(world, path);
    await world.delayed('/slow', 1000, async () => {
      const late = statusOf(auth.fetch(slow));
      expect(await world.done(statusOf(auth.fetch(API)))).toBe(200);
      await world.pass(1000);
      expect(await late).toBe(200);
    });
    expect(world.refreshes).toBe(1);
  });

  it('27: of nobody asks the server nothing', async () => {
    const world = new World();
    const { auth } = await world.open();
    refuse(world);
    expect(await world.done(statusOf(auth.fetch(API)))).toBe(401);
    expect(world.profile.requests).toEqual(['GET /invoices']);
  });

  it('36, SD-9: while the next person signs in is refused, and costs them no refresh', async () => {
    const { world, auth } = await signedIn();
    refuse(world);
    await world.delayed('/invoices', 1000, async () => {
      const late = statusOf(auth.fetch(API, { method: 'POST' }));
      await world.pass(100);
      await world.done(auth.login(BOB));
      expect(await late).toBe(401);
    });
    expect(world.profile.requests).toEqual(['POST /invoices', 'POST /auth/login']);
    expect(auth.user?.email).toBe(BOB.email);
  });

  it('29: and whose body is a stream is not sent again, since it was read', async () => {
    const { world, auth } = await signedIn();
    refuse(world);
    const body = new Blob(['an invoice']).stream();
    const sent = auth.fetch(API, { method: 'POST', body, duplex: 'half' });
    expect(await world.done(statusOf(sent))).toBe('not_replayable');
    expect(world.profile.count('/invoices')).toBe(1);
  });
});

describe('a refresh', () => {
  it('36: for the next person does not end with that of the one before', async () => {
    const { world, auth } = await signedIn();
    await world.delayed('/auth/refresh', 1500, async () => {
      const late = codeOf(auth.refreshAuth());
      await world.pass(60);
      await world.done(auth.login(BOB));
      await world.pass(0);
      expect(await world.done(late)).toBe('superseded');
    });
    expect(auth.user?.email).toBe(BOB.email);
  });

  it('36: that joins one of the person before is done for the next', async () => {
    const { world, auth } = await signedIn();
    await world.delayed('/auth/refresh', 3000, async () => {
      const late = codeOf(auth.refreshAuth());
      await world.pass(60);
      await world.done(auth.login(BOB));
      const own = codeOf(auth.refreshAuth());
      await world.pass(8000);
      expect([await late, await own]).toEqual(['superseded', 'done']);
    });
    expect(auth.user?.email).toBe(BOB.email);
  });
});

describe('a look at the session', () => {
  it('36: of the person before, that is refused late, ends no session of the next', async () => {
    const world = new World();
    const { auth } = await world.open({ transport: 'session' });
    await world.done(auth.login(ALICE));
    await world.delayed('/auth/session', 1500, async () => {
      world.server.plan('/auth/session', 401, { code: 'session_revoked' });
      const late = codeOf(auth.refreshAuth());
      await world.pass(60);
      await world.done(auth.login(BOB));
      expect(await late).toBe('session_revoked');
    });
    expect(auth.user?.email).toBe(BOB.email);
  });

  it('39: that a step-up overtook does not forget the proof', async () => {
    const world = new World();
    const { auth } = await world.open({ transport: 'session' });
    await world.done(auth.login(ALICE));
    await world.pass(10_000);
    await world.delayed('/auth/session', 1000, async () => {
      const late = auth.refreshAuth();
      await world.pass(60);
      const proving = auth.stepUp(ALICE);
      await world.pass(300);
      await proving;
      const proven = auth.getState();
      await world.pass(1000);
      await late;
      expect(auth.getState()).toEqual(proven);
    });
  });

  it('38: is not taken by a page that shows nobody, whatever an API answers', async () => {
    const world = new World();
    const { auth } = await world.open();
    world.server.plan('/invoices', 200, {}, { 'x-authority-version': '7' });
    await world.done(auth.fetch(API));
    await world.pass(10_000);
    expect(world.profile.requests).toEqual(['GET /invoices']);
  });

  it('24: that fails on a rendered page is taken again, with no event to tell it', async () => {
    const world = new World();
    await world.done((await world.open({ transport: 'session' })).auth.login(ALICE));
    const { auth } = await world.open({ transport: 'session', initialState: SIGNED_IN });
    world.server.plan('/auth/session', 503, { code: 'overloaded' });
    expect(await world.done(codeOf(auth.refreshAuth()))).toBe('overloaded');
    expect(auth.getState().status).toBe('stale');
    await world.pass(60_000);
    expect(auth.getState().status).toBe('authenticated');
  });
});

describe('a page that was rendered for somebody', () => {
  it('34: is told when another person signs in there', async () => {
    const world = new World();
    await world.close(await world.signedIn());
    const { auth } = await world.open({ initialState: SIGNED_IN });
    const told: string[] = [];
    auth.onUserChange(({ email }) => told.push(email));
    await world.done(auth.login(BOB));
    expect(told).toEqual([BOB.email]);
  });

  it('34: for nobody is told of no change when the first signs in', async () => {
    const world = new World();
    const { auth } = await world.open();
    const told = jest.fn();
    auth.onUserChange(told);
    await world.done(auth.login(ALICE));
    expect(told).not.toHaveBeenCalled();
  });
});

describe('what was registered with a client', () => {
  it('is told of no end and no change of person any more once it was taken back', async () => {
    const { world, auth } = await signedIn();
    const told: string[] = [];
    auth.onSignOut(() => void told.push('end'))();
    auth.onUserChange(() => told.push('change'))();
    auth.subscribe(() => told.push('state'))();
    await world.done(auth.login(BOB));
    expect(told).toEqual([]);
  });

  it('of an end is told of none where nobody was signed in', async () => {
    const world = new World();
    const { auth } = await world.open();
    const told = jest.fn();
    auth.onSignOut(told);
    await world.done(auth.logout());
    expect(told).not.toHaveBeenCalled();
  });

  it('of an end may fail, and keeps no other from its turn', async () => {
    const errors = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const { world, auth } = await signedIn();
    const told: string[] = [];
    auth.onSignOut(() => {
      throw new Error('of the application');
    });
    auth.onSignOut(() => Promise.reject(new Error('of the application')));
    auth.onSignOut((reason) => void told.push(reason));
    await world.done(auth.logout());
    expect(told).toEqual(['signed_out']);
    expect(errors).toHaveBeenCalledTimes(2);
    errors.mockRestore();
  });
});

describe('what a person may do', () => {
  it('is all that is asked for, and nothing while nobody is signed in', async () => {
    const { world, auth } = await signedIn();
    expect(auth.can('invoices:read')).toBe(true);
    expect(auth.can('invoices:read', 'invoices:approve')).toBe(false);
    expect([auth.hasRole('viewer'), auth.hasRole('administrator')]).toEqual([true, false]);
    await world.done(auth.logout());
    expect([auth.can(), auth.can('invoices:read'), auth.hasRole('viewer')]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('ends no session but the one that was named, however it is spelled', async () => {
    const { world, auth } = await signedIn();
    expect(await world.done(codeOf(auth.revokeSession('../session?a=1#b')))).toBe('not_found');
    expect(world.profile.requests).toEqual(['DELETE /auth/sessions/..%2Fsession%3Fa%3D1%23b']);
  });
});
