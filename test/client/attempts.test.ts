import { ALICE, TOKEN_SECONDS, codeOf, World, type Page } from './client-world';

interface Sent {
  readonly at: number;
  readonly path: string;
  readonly attempt: string | null;
  readonly activity: string | null;
  /** Whether it outlives the page. */
  readonly outlives: boolean;
  readonly type: string | null;
  readonly request: Request;
}

/** Somebody signed in, and every request to the routes as the server sees it. */
async function watched(): Promise<Page & { readonly world: World; readonly sent: Sent[] }> {
  const sent: Sent[] = [];
  const world: World = new World({
    server: (request, jar) => {
      sent.push({
        at: world.clock.monotonic(),
        path: new URL(request.url).pathname,
        attempt: request.headers.get('x-auth-attempt'),
        activity: request.headers.get('x-auth-activity'),
        outlives: request.keepalive,
        type: request.headers.get('content-type'),
        request,
      });
      return world.server.handle(request, jar);
    },
  });
  const page = await world.signedIn();
  return { ...page, world, sent };
}

/** Five tabs that cannot hear of each other, and the moments at which one of them refreshes. */
async function fiveApart() {
  const sent: number[] = [];
  const world: World = new World({
    without: ['locks', 'channel'],
    server: (request, jar) => {
      if (request.url.endsWith('/auth/refresh')) sent.push(world.clock.monotonic());
      return world.server.handle(request, jar);
    },
  });
  const pages = [await world.signedIn()];
  for (let count = 1; count < 5; count += 1) pages.push(await world.open());
  return { world, pages, sent };
}

function fail(world: World, times: number, headers: Record<string, string> = {}): void {
  for (let time = 0; time < times; time += 1)
    world.server.plan('/auth/refresh', 503, { code: 'overloaded' }, headers);
}

function refreshesOf(sent: readonly Sent[]): readonly Sent[] {
  return sent.filter(({ path }) => path === '/auth/refresh');
}

describe('the attempts of a refresh', () => {
  it('24, SS-2: are known as one, and not as those of the next', async () => {
    const { world, auth, sent } = await watched();
    fail(world, 2);
    await world.pass(40_000);
    await world.done(auth.refreshAuth());
    await world.done(auth.refreshAuth());
    const [first, second, third, next] = refreshesOf(sent).map(({ attempt }) => attempt);
    expect(first).toMatch(/^[\da-f-]{36}$/);
    expect([second, third]).toEqual([first, first]);
    expect(next).not.toBe(first);
  });

  it('24: come ever later, and not after pauses of the same length in every tab', async () => {
    const { world, auth, sent } = await watched();
    const pauses: (readonly [number, number])[] = [];
    for (let time = 0; time < 8; time += 1) {
      fail(world, 2);
      sent.length = 0;
      await world.done(auth.refreshAuth());
      const [one, two, three] = refreshesOf(sent).map(({ at }) => at);
      pauses.push([two! - one! - 100, three! - two! - 100]);
    }
    const [firsts, seconds] = [pauses.map(([one]) => one), pauses.map(([, two]) => two)];
    expect(new Set([...firsts, ...seconds]).size).toBeGreaterThan(12);
    expect(Math.max(...firsts)).toBeLessThanOrEqual(500);
    expect(Math.max(...seconds)).toBeGreaterThan(500);
    expect(Math.max(...seconds)).toBeLessThanOrEqual(1000);
  });

  it('25: are given up when the next would come too late for whoever waits', async () => {
    const { world, auth, sent } = await watched();
    fail(world, 3, { 'retry-after': '6' });
    const refreshing = codeOf(auth.refreshAuth());
    await world.pass(12_000);
    expect(await refreshing).toBe('overloaded');
    expect(refreshesOf(sent)).toHaveLength(2);
  });

  it('23: are none without a network, and whoever asks is told at once', async () => {
    const { world, auth } = await watched();
    world.profile.goOffline();
    let code: unknown;
    void codeOf(auth.refreshAuth()).then((given) => (code = given));
    await world.pass(0);
    expect(code).toBe('offline');
  });

  it('32, SS-3: are none for who signed out while another tab held the lock', async () => {
    const { world, auth, tab, sent } = await watched();
    let letGo: () => void = () => undefined;
    void tab.browser.locks!.request(
      'portcullis:web:refresh',
      { signal: new AbortController().signal },
      () => new Promise<void>((resolve) => (letGo = resolve)),
    );
    const late = codeOf(auth.refreshAuth());
    await world.pass(100);
    await world.done(auth.logout());
    letGo();
    await world.pass(1000);
    expect(await late).toBe('superseded');
    expect(refreshesOf(sent)).toEqual([]);
  });
});

describe('what the server is told', () => {
  it('says whether somebody looks at the page, and outlives it where a cookie or an end is on its way', async () => {
    const { world, auth, tab, sent } = await watched();
    await world.done(auth.refreshAuth());
    tab.focused = false;
    await world.done(auth.refreshAuth());
    await world.done(auth.logout());
    expect(sent.map(({ path, activity, outlives }) => [path, activity, outlives])).toEqual([
      ['/auth/login', null, false],
      ['/auth/refresh', 'foreground', true],
      ['/auth/refresh', 'background', true],
      ['/auth/logout', null, true],
    ]);
  });
});

describe('a request to the routes', () => {
  it('SD-4, SR-7: follows no redirect, takes the cookies along, and says what it holds', async () => {
    const { world, auth, sent } = await watched();
    await world.done(auth.refreshAuth());
    await world.done(auth.listSessions());
    for (const { request } of sent)
      expect([request.redirect, request.credentials]).toEqual(['error', 'include']);
    expect(sent.map(({ path, type }) => [path, type])).toEqual([
      ['/auth/login', 'application/json'],
      ['/auth/refresh', null],
      ['/auth/sessions', null],
    ]);
  });
});

describe('a page that was opened without a network', () => {
  it('23: knows that nobody is there once the server has said so', async () => {
    const world = new World();
    await world.close(await world.signedIn());
    world.server.revokeAll();
    world.profile.goOffline();
    const { auth } = await world.open();
    expect(auth.getState().status).toBe('loading');
    world.profile.goOnline();
    await world.pass(10_000);
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'never' });
  });
});

describe('a sign-out that could not be sent', () => {
  it('35: is sent once when the network is back, also where the server is away by then', async () => {
    const { world, auth } = await watched();
    world.profile.goOffline();
    expect(await codeOf(world.done(auth.logout({ scope: 'others' })))).toBe('offline');
    expect(await codeOf(world.done(auth.logout()))).toBe('offline');
    world.profile.requests.length = 0;
    world.server.plan('/auth/logout', 503, { code: 'overloaded' });
    for (let time = 0; time < 2; time += 1) {
      world.profile.goOnline();
      await world.pass(5000);
    }
    expect(world.profile.requests).toEqual(['POST /auth/logout']);
  });

  it('35: is not sent again where the server was reached and would not have it', async () => {
    const { world, auth } = await watched();
    world.server.plan('/auth/logout', 403, { code: 'csrf_failed' });
    expect(await codeOf(world.done(auth.logout()))).toBe('csrf_failed');
    world.profile.requests.length = 0;
    world.profile.goOnline();
    await world.pass(5000);
    expect(world.profile.requests).toEqual([]);
  });

  it('36: of who signed in meanwhile and was not wanted any more fails for nobody', async () => {
    const world = new World();
    const { auth } = await world.open();
    await world.delayed('/auth/login', 500, async () => {
      const late = codeOf(auth.login(ALICE));
      await world.pass(100);
      const leaving = auth.logout();
      await world.pass(150);
      await leaving;
      world.server.plan('/auth/logout', 503, { code: 'overloaded' });
      await world.pass(2000);
      expect(await late).toBe('superseded');
    });
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out' });
  });
});

describe('the pauses between refreshes', () => {
  it('23: grow by no failure of the network, so that a page is itself again soon after it', async () => {
    const { world, auth } = await watched();
    world.profile.goOffline();
    await world.clock.sleep(TOKEN_SECONDS * 1000 + 1000);
    for (let time = 0; time < 12; time += 1) await codeOf(world.done(auth.refreshAuth()));
    expect(auth.getState().status).toBe('stale');
    world.profile.goOnline();
    await world.pass(10_000);
    expect(auth.getState().status).toBe('authenticated');
  });

  it('25: are as long as the server says, on the own account', async () => {
    const { world, sent } = await watched();
    fail(world, 1, { 'retry-after': '45' });
    await world.pass(TOKEN_SECONDS * 1000 + 100_000);
    const [one, two] = refreshesOf(sent).map(({ at }) => at);
    expect(two! - one!).toBeGreaterThanOrEqual(45_000);
  });

  it('2: are as long as the token lives but for a minute, and of no same length in every tab', async () => {
    const { world, pages, sent } = await fiveApart();
    await world.pass(31_000);
    sent.length = 0;
    const begun = world.clock.monotonic();
    await Promise.all([...pages.map(({ auth }) => auth.refreshAuth()), world.pass(2000)]);
    const first = sent.splice(0);
    expect(first).toHaveLength(5);
    await world.pass(1000 * (TOKEN_SECONDS - 75));
    expect(sent).toEqual([]);
    await world.pass(1000 * 75);
    expect(sent.length).toBeGreaterThanOrEqual(5);
    expect(new Set(sent.map((at) => Math.floor((at - begun) / 1000))).size).toBeGreaterThan(2);
  });

  it('22: end at different moments in tabs that are online again at the same one', async () => {
    const { world, sent } = await fiveApart();
    await world.pass(6000);
    world.profile.goOffline();
    await world.clock.sleep(TOKEN_SECONDS * 1000 + 1000);
    await world.pass(100);
    sent.length = 0;
    world.profile.goOnline();
    await world.pass(500);
    expect(sent.length).toBeLessThan(5);
    await world.pass(10_000);
    expect(world.statuses).toEqual(Array(5).fill('authenticated'));
  });
});
