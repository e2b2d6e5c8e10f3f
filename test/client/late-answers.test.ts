import { createAuthClient, type AuthClientOptions } from '@portcullis/client';
import { ALICE, API, BOB, TOKEN_SECONDS, codeOf, World, type Page } from './client-world';

const CHALLENGE = { token: 'of-the-challenge', factors: ['totp'], expiresIn: 300 };

/** What a person who comes to the browser later finds. */
async function afterReload(world: World): Promise<string | undefined> {
  for (const page of [...world.pages]) await world.close(page);
  return (await world.open()).auth.user?.email;
}

/** A world in which the next request to a path reaches the server, or its answer the page, so much later. */
function slowWorld() {
  const delays = new Map<string, number>();
  const wait = async (key: string) => {
    const milliseconds = delays.get(key) ?? 0;
    delays.delete(key);
    if (milliseconds > 0)
      await new Promise<void>((resolve) => world.clock.setTimeout(resolve, milliseconds));
  };
  const world: World = new World({
    server: async (request, jar) => {
      const path = new URL(request.url).pathname;
      await wait(`to ${path}`);
      const answer = await world.server.handle(request, jar);
      await wait(`from ${path}`);
      return answer;
    },
  });
  return { world, delays };
}

describe('a sign-in that is under way', () => {
  it('36, SS-9: is undone by a sign-out, in the page and at the server', async () => {
    const { world, delays } = slowWorld();
    const { auth } = await world.open();
    delays.set('to /auth/login', 500);
    const late = codeOf(auth.login(ALICE));
    await world.pass(20);
    await world.done(auth.logout());
    expect(await late).toBe('superseded');
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out' });
    expect(world.server.live).toBe(0);
    expect(await afterReload(world)).toBeUndefined();
  });

  it('36: that waits for a sign-out, and is followed by another, is not begun', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    const leaving = [codeOf(auth.logout())];
    const late = codeOf(auth.login(BOB));
    leaving.push(codeOf(auth.logout()));
    await world.done(Promise.all(leaving));
    expect(await late).toBe('superseded');
    expect(world.profile.count('/auth/login')).toBe(1);
    expect([world.server.live, auth.user]).toEqual([0, null]);
  });

  it('36: asks for no second factor of who signed out meanwhile', async () => {
    const world = new World();
    const { auth } = await world.open();
    world.server.plan('/auth/login', 401, { code: 'mfa_required', challenge: CHALLENGE });
    const late = codeOf(auth.login(ALICE));
    await world.pass(20);
    await world.done(auth.logout());
    expect(await late).toBe('mfa_required');
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out' });
  });

  it('36, SD-9: asks for no second factor on the page of who signed in meanwhile in another tab', async () => {
    const { world, delays } = slowWorld();
    const [one, other] = [await world.open(), await world.open()];
    world.server.plan('/auth/login', 401, { code: 'mfa_required', challenge: CHALLENGE });
    delays.set('from /auth/login', 900);
    const late = codeOf(one.auth.login(ALICE));
    await world.pass(20);
    await world.done(other.auth.login(BOB));
    await world.pass(2000);
    expect(await late).toBe('mfa_required');
    expect([one.auth.getState().status, one.auth.user?.email]).toEqual([
      'authenticated',
      BOB.email,
    ]);
  });

  it('B-4: as somebody else, that asks for a second factor, leaves who is signed in alone', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    world.server.plan('/auth/login', 401, { code: 'mfa_required', challenge: CHALLENGE });
    expect(await codeOf(world.done(auth.login(BOB)))).toBe('mfa_required');
    expect(auth.user?.email).toBe(ALICE.email);
    expect((await world.done(auth.fetch(API))).status).toBe(200);
  });

  it.each([
    ['the same person', ALICE],
    ['another one', BOB],
  ])('SD-9: twice at once, by %s, ends as whoever the cookie names', async (_who, second) => {
    const world = new World();
    const { auth } = await world.open();
    const both = [codeOf(auth.login(ALICE)), codeOf(auth.login(second))];
    expect(await world.done(Promise.all(both))).toEqual(['done', 'done']);
    expect(auth.user?.email).toBe(second.email);
    expect(world.server.live).toBe(1);
    await world.done(auth.refreshAuth());
    expect(auth.user?.email).toBe(second.email);
  });

  it('SD-9: in two tabs at once ends as one person in both', async () => {
    const world = new World();
    const pages = [await world.open(), await world.open()] as const;
    const both = [codeOf(pages[0].auth.login(ALICE)), codeOf(pages[1].auth.login(BOB))];
    expect(await world.done(Promise.all(both))).toEqual(['done', 'done']);
    await world.pass(10_000);
    const shown = await answersOf(world, pages);
    expect(new Set(shown).size).toBe(1);
    expect(await afterReload(world)).toBe(shown[0]);
  });

  it('SD-9: in two tabs at once leaves no third one with who signed in first', async () => {
    const world = new World();
    const pages = [await world.open(), await world.open(), await world.open()] as const;
    const first = codeOf(pages[0].auth.login(ALICE));
    await world.pass(25);
    const second = codeOf(pages[1].auth.login(BOB));
    expect(await world.done(Promise.all([first, second]))).toEqual(['done', 'done']);
    await world.pass(10_000);
    expect(pages.map(({ auth }) => auth.user?.email)).toEqual(Array(3).fill(BOB.email));
  });

  it('SD-9: as somebody else outlives a sign-out of the one before in another tab', async () => {
    const world = new World();
    const page = await world.signedIn();
    const other = await world.open();
    await world.done(other.auth.logout());
    const both = [codeOf(page.auth.login(BOB)), codeOf(other.auth.logout())];
    await world.done(Promise.all(both));
    await world.pass(10_000);
    // Whichever was answered last: page, cookie and server agree.
    const shown = [page.auth.user?.email, other.auth.user?.email];
    expect(new Set(shown).size).toBe(1);
    expect(await afterReload(world)).toBe(shown[0]);
  });
});

async function answersOf(world: World, pages: readonly Page[]): Promise<unknown[]> {
  return world.done(
    Promise.all(
      pages.map(async ({ auth }) => {
        const { by } = (await (await auth.fetch(API)).json()) as { readonly by: string };
        expect(by).toBe(auth.user?.email);
        return by;
      }),
    ),
  );
}

describe('a sign-out', () => {
  it('36: that is answered late takes no cookie of the next sign-in away', async () => {
    const { world, delays } = slowWorld();
    const { auth } = await world.signedIn();
    delays.set('to /auth/logout', 500);
    const leaving = codeOf(auth.logout());
    const coming = codeOf(auth.login(BOB));
    expect(await world.done(Promise.all([leaving, coming]))).toEqual(['done', 'done']);
    await world.pass(1000);
    expect(auth.user?.email).toBe(BOB.email);
    expect(world.server.live).toBe(1);
  });

  it.each(['current', 'all'] as const)(
    'CK-15: of %s forgets at once, whatever the token and the network do',
    async (scope) => {
      const world = new World();
      const { auth, tab } = await world.signedIn();
      tab.hide();
      await world.clock.sleep(3_600_000);
      const leaving = codeOf(auth.logout({ scope }));
      expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out' });
      await world.done(leaving);
      expect(world.profile.requests.slice(-1)).toEqual(['POST /auth/logout']);
      expect(world.server.live).toBe(0);
    },
  );

  it('35: that could not be sent ends no session that was begun while the network came back', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    world.profile.goOffline();
    expect(await codeOf(world.done(auth.logout()))).toBe('offline');
    world.profile.online = true;
    const coming = codeOf(auth.login(BOB));
    await world.pass(20);
    world.profile.emit('online');
    expect(await world.done(coming)).toBe('done');
    await world.pass(5000);
    expect(auth.user?.email).toBe(BOB.email);
    expect(world.server.live).toBe(1);
  });

  it('SS-3: is not undone by whoever asks for a refresh afterwards', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    world.server.plan('/auth/logout', 503, { code: 'overloaded' });
    expect(await codeOf(world.done(auth.logout()))).toBe('overloaded');
    expect(await codeOf(world.done(auth.refreshAuth()))).toBe('unauthenticated');
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out' });
    expect(world.refreshes).toBe(0);
  });

  it('SD-3: in another tab ends a page that is still finding out who is there', async () => {
    const { world, delays } = slowWorld();
    const page = await world.open({ shareToken: false });
    await world.done(page.auth.login(ALICE));
    delays.set('from /auth/refresh', 1000);
    const other = openNow(world);
    await world.pass(100);
    await world.done(page.auth.logout());
    await world.pass(10_000);
    expect(other.seen).toEqual([undefined]);
    expect(other.auth.getState().status).toBe('anonymous');
  });
});

describe('a refresh that is under way', () => {
  it.each([true, false])(
    'SD-9: in a page that is being opened puts no one in the place of who signed in meanwhile, tabs sharing tokens: %s',
    async (shareToken) => {
      const { world, delays } = slowWorld();
      const first = await world.open({ shareToken });
      await world.done(first.auth.login(ALICE));
      // Its token is too old to be handed over.
      first.tab.hide();
      await world.pass(1000 * (TOKEN_SECONDS - 1));
      delays.set('from /auth/refresh', 1500);
      const second = openNow(world);
      await world.pass(200);
      await world.done(first.auth.login(BOB));
      await world.pass(10_000);
      expect(second.seen).toEqual([BOB.email]);
    },
  );

  it.each([
    ['cookie', '/auth/refresh'],
    ['session', '/auth/session'],
  ] as const)(
    '34, SD-9: when somebody signs in by a form of the server shows them within the minute, transport %s',
    async (transport, path) => {
      const { world, delays } = slowWorld();
      await world.done((await world.open({ transport })).auth.login(ALICE));
      await world.close(world.pages[0]!);
      delays.set(`from ${path}`, 1500);
      const { auth } = openNow(world, { transport });
      await world.pass(200);
      const body = JSON.stringify({ ...BOB, transport });
      const { browser } = world.profile.openTab();
      await world.done(
        browser.fetch('https://app.example.org/auth/login', { method: 'POST', body }),
      );
      await world.pass(60_000);
      expect(auth.user?.email).toBe(BOB.email);
    },
  );

  it('34: that is refused late shows no page without anybody, when somebody signed in meanwhile', async () => {
    const { world, delays } = slowWorld();
    const first = await world.open({ shareToken: false });
    await world.done(first.auth.login(ALICE));
    world.server.revokeAll();
    delays.set('from /auth/refresh', 1500);
    const second = openNow(world);
    await world.pass(200);
    await world.done(first.auth.login(BOB));
    await world.pass(10_000);
    expect(second.seen.map((email) => email ?? 'nobody')).toEqual([BOB.email]);
  });

  it('34, SD-9: for the one before is followed by one for the next, where tabs share no token', async () => {
    const { world, delays } = slowWorld();
    const [one, other] = [
      await world.open({ shareToken: false }),
      await world.open({ shareToken: false }),
    ];
    await world.done(one.auth.login(ALICE));
    await world.pass(10_000);
    expect(other.auth.user?.email).toBe(ALICE.email);
    delays.set('from /auth/refresh', 500);
    const late = codeOf(other.auth.refreshAuth());
    await world.pass(20);
    await world.done(one.auth.login(BOB));
    expect(await late).toBe('superseded');
    await world.pass(10_000);
    expect(other.auth.user?.email).toBe(BOB.email);
  });
});

/** A tab that is being opened, with everybody that it shows. */
function openNow(
  world: World,
  options: Pick<AuthClientOptions, 'transport'> = {},
): Pick<Page, 'auth'> & { readonly seen: (string | undefined)[] } {
  const auth = createAuthClient({ ...options, browser: world.profile.openTab().browser });
  const seen: (string | undefined)[] = [];
  auth.subscribe(() => seen.push(auth.user?.email));
  void auth.start();
  return { auth, seen };
}

describe('a sign-in whose cookie is seen before its answer', () => {
  it('34: begins its session once', async () => {
    const { world, delays } = slowWorld();
    const page = await world.signedIn();
    await world.open();
    const shown: (string | undefined)[] = [];
    page.auth.subscribe(() => shown.push(page.auth.user?.email));
    delays.set('from /auth/login', 900);
    const coming = codeOf(page.auth.login(BOB));
    await world.pass(200);
    page.tab.show();
    await world.pass(10_000);
    expect(await coming).toBe('done');
    expect(shown).toEqual([undefined, BOB.email]);
  });
});
