import { ALICE, API, BOB, TOKEN_SECONDS, World } from './client-world';

const TABS = 10;

async function tabs(world: World): Promise<void> {
  await world.signedIn();
  for (let count = 1; count < TABS; count += 1) await world.open();
}

describe('ten tabs of one profile', () => {
  it('4: open without a request while another tab is fresh', async () => {
    const world = new World();
    await tabs(world);
    expect(world.statuses).toEqual(Array(TABS).fill('authenticated'));
    expect(world.refreshes).toBe(0);
  });

  it('2: renew once for all of them when the token runs out', async () => {
    const world = new World();
    await tabs(world);
    await world.pass(TOKEN_SECONDS * 1000);
    expect(world.refreshes).toBe(1);
    const answers = await world.done(Promise.all(world.pages.map(({ auth }) => auth.fetch(API))));
    expect(answers.map(({ status }) => status)).toEqual(Array(TABS).fill(200));
    expect(world.server.reuses).toBe(0);
  });

  it('2: send one refresh when all of them need it at the same instant', async () => {
    const world = new World();
    await tabs(world);
    for (const { tab } of world.pages) tab.hide();
    await world.clock.sleep(TOKEN_SECONDS * 1000 + 1000);
    const answers = await world.done(Promise.all(world.pages.map(({ auth }) => auth.fetch(API))));
    expect(answers.map(({ status }) => status)).toEqual(Array(TABS).fill(200));
    expect(world.refreshes).toBe(1);
  });

  it('keep the later generation when an older one arrives late', async () => {
    const world = new World();
    const { auth, tab } = await world.signedIn();
    const heard: unknown[] = [];
    const channel = tab.browser.openChannel!('portcullis:web', (message) => heard.push(message));
    await world.done(auth.refreshAuth());
    await world.pass(40_000);
    await world.done(auth.refreshAuth());
    const latest = await auth.getAccessToken();
    channel.send(heard[0]);
    await world.pass(1000);
    expect(await auth.getAccessToken()).toBe(latest);
  });

  it('10: stay signed in without Web Locks and without a channel', async () => {
    const world = new World({ without: ['locks', 'channel'] });
    await tabs(world);
    await world.pass(3 * TOKEN_SECONDS * 1000);
    const answers = await world.done(Promise.all(world.pages.map(({ auth }) => auth.fetch(API))));
    expect(answers.map(({ status }) => status)).toEqual(Array(TABS).fill(200));
    expect(world.statuses).toEqual(Array(TABS).fill('authenticated'));
    expect(world.server.reuses).toBe(0);
  });

  it.each([
    ['with a channel', []],
    ['11, 33: without one, by the cookie that is gone', ['channel'] as const],
  ])('32: all end when one signs out, %s', async (_title, without) => {
    const world = new World({ without });
    await tabs(world);
    await world.done(world.pages[3]!.auth.logout());
    expect(world.statuses).toEqual(Array(TABS).fill('anonymous'));
    const [other] = world.pages;
    expect(other!.auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out_elsewhere' });
  });

  it('34: follow when somebody else signs in in one of them', async () => {
    const world = new World();
    await tabs(world);
    const ended: string[] = [];
    world.pages[0]!.auth.onSignOut((reason) => void ended.push(reason));
    await world.done(world.pages[5]!.auth.login(BOB));
    await world.pass(2000);
    expect(world.pages.map(({ auth }) => auth.user?.email)).toEqual(Array(TABS).fill(BOB.email));
    expect(ended).toEqual(['signed_out_elsewhere']);
    expect(world.server.reuses).toBe(0);
  });

  it('sign in together when one of them does', async () => {
    const world = new World();
    for (let count = 0; count < 3; count += 1) await world.open();
    await world.done(world.pages[0]!.auth.login(ALICE));
    await world.pass(2000);
    expect(world.statuses).toEqual(['authenticated', 'authenticated', 'authenticated']);
    expect(world.refreshes).toBe(0);
  });

  it('4: know how long the token lives that they are handed', async () => {
    const world = new World();
    const page = await world.signedIn();
    await world.pass(1000 * (TOKEN_SECONDS - 100));
    const { auth, tab } = await world.open();
    expect(world.refreshes).toBe(0);
    await world.close(page);
    tab.hide();
    await world.clock.sleep(99_000);
    world.profile.requests.length = 0;
    await world.done(auth.fetch(API));
    expect(world.profile.requests).toEqual(['POST /auth/refresh', 'GET /invoices']);
  });

  it('4: hand over no token that is about to run out', async () => {
    const world = new World();
    const { tab } = await world.signedIn();
    tab.hide();
    await world.clock.sleep(1000 * (TOKEN_SECONDS - 20));
    await world.open();
    expect(world.refreshes).toBe(1);
  });

  it('2: renew a token that ran out while they waited for their turn', async () => {
    const world = new World();
    const { auth, tab } = await world.signedIn();
    const heard: { readonly message: { readonly kind: string; readonly access?: object } }[] = [];
    const channel = tab.browser.openChannel!('portcullis:web', (message) =>
      heard.push(message as never),
    );
    await world.done(auth.refreshAuth());
    const said = heard.find(({ message }) => message.kind === 'access')!;
    let letGo: () => void = () => undefined;
    void tab.browser.locks!.request(
      'portcullis:web:refresh',
      { signal: new AbortController().signal },
      () => new Promise<void>((resolve) => (letGo = resolve)),
    );
    const before = world.refreshes;
    const waiting = auth.refreshAuth();
    await world.pass(100);
    const access = { ...said.message.access, token: 'of-another-tab', life: 1 };
    channel.send({ ...said, message: { ...said.message, access } });
    await world.pass(6000);
    letGo();
    await world.done(waiting);
    expect(world.refreshes).toBe(before + 1);
  });

  it('6, 7: go on when the one that was refreshing is closed', async () => {
    const world = new World();
    await tabs(world);
    const [first] = world.pages;
    void first!.auth.refreshAuth().catch(() => undefined);
    await world.pass(20);
    await world.close(first!);
    await world.pass(2 * TOKEN_SECONDS * 1000);
    expect(world.statuses).toEqual(Array(TABS - 1).fill('authenticated'));
    expect(world.server.reuses).toBe(0);
  });

  it('take no token that an API refused from one another, when the one that renewed it is gone', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    await world.open();
    const closed = await world.open();
    await world.pass(31_000);
    closed.auth.refreshAuth().catch(() => undefined);
    await world.pass(70);
    await world.close(closed);
    world.server.plan(
      '/invoices',
      401,
      { code: 'invalid_token' },
      { 'www-authenticate': 'Bearer error="invalid_token"' },
    );
    expect((await world.done(auth.fetch(API))).status).toBe(200);
    expect(world.refreshes).toBe(2);
  });

  it('9: do not wait for ever for a lock that somebody never lets go', async () => {
    const world = new World();
    const { auth, tab } = await world.signedIn();
    void tab.browser.locks!.request(
      'portcullis:web:refresh',
      { signal: new AbortController().signal },
      () => new Promise(() => undefined),
    );
    const refreshing = auth.refreshAuth();
    await world.pass(9000);
    await refreshing;
    expect(world.refreshes).toBe(1);
  });

  it('13: of another application on the same origin are left alone', async () => {
    const world = new World({ latencyMs: 0 });
    const page = await world.signedIn();
    const other = await world.open({ clientId: 'other' });
    await world.done(other.auth.logout());
    expect(other.auth.getState().status).toBe('anonymous');
    expect(page.seen.filter((status) => status === 'loading')).toEqual([]);
  });

  it('16: ignore what another version of the package says', async () => {
    const world = new World();
    const { auth, tab } = await world.signedIn();
    const channel = tab.browser.openChannel!('portcullis:web', () => undefined);
    channel.send({ v: 2, message: { kind: 'ended', reason: 'signed_out' } });
    channel.send('nonsense');
    channel.send(null);
    await world.pass(1000);
    expect(auth.getState().status).toBe('authenticated');
  });

  it('5: survive a storm of reloads with few refreshes and no alarm', async () => {
    const world = new World();
    await tabs(world);
    for (let count = 0; count < 60; count += 1) {
      await world.close(world.pages[0]!);
      await world.open();
    }
    expect(world.refreshes).toBeLessThanOrEqual(1);
    expect(world.statuses).toEqual(Array(TABS).fill('authenticated'));
    expect(world.server.reuses).toBe(0);
  });
});
