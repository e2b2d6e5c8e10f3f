import { ALICE, API, BOB, World, type Page } from './client-world';

const HINT = '__Host-portcullis-hint';
const PLANTED = 'portcullis-hint';

/** Another person signs in by a form of the server: no script of ours says so. */
async function signInByForm(world: World, { email, password }: typeof ALICE): Promise<void> {
  const { browser } = world.profile.openTab();
  const body = JSON.stringify({ email, password });
  await world.done(browser.fetch('https://app.example.org/auth/login', { method: 'POST', body }));
}

/** Somebody who signed in, and the hint of a neighbouring host that was planted before it or after. */
async function signedInBeside(order: string): Promise<{ world: World; page: Page }> {
  const world = new World();
  const plant = () => world.profile.jar.set(PLANTED, 'evil.0.0');
  if (order === 'before') plant();
  const page = await world.open();
  await world.done(page.auth.login(ALICE));
  if (order === 'after') plant();
  return { world, page };
}

describe('a hint that names another session than the page shows', () => {
  it('34, SD-9: is followed when the cookie changes, and ends the one before first', async () => {
    const world = new World();
    const page = await world.signedIn();
    const ended: string[] = [];
    page.auth.onSignOut((reason) => void ended.push(reason));
    await signInByForm(world, BOB);
    expect(page.auth.user?.email).toBe(BOB.email);
    expect(ended).toEqual(['signed_out_elsewhere']);
    expect(await world.done(page.auth.fetch(API).then((answer) => answer.json()))).toEqual({
      by: BOB.email,
    });
  });

  it('34, SD-9: is seen when the page is looked at, in a browser that tells of no cookie', async () => {
    const world = new World();
    const page = await withoutCookieEvents(world);
    await world.done(page.auth.login(ALICE));
    await signInByForm(world, BOB);
    expect(page.auth.user?.email).toBe(ALICE.email);
    page.tab.show();
    expect(page.auth.user).toBeNull();
    await world.pass(2000);
    expect(page.auth.user?.email).toBe(BOB.email);
  });

  it('34, 40, SD-9: is seen when the page comes back from the browser’s cache', async () => {
    const world = new World();
    const page = await withoutCookieEvents(world);
    await world.done(page.auth.login(ALICE));
    await signInByForm(world, BOB);
    page.tab.emit('shown_again');
    expect(page.auth.user).toBeNull();
    await world.pass(2000);
    expect(page.auth.user?.email).toBe(BOB.email);
  });

  it('40, SD-9: asks the server whose the cookie is where no hint can be read', async () => {
    const world = new World();
    const page = await world.open({ baseUrl: 'https://api.example.org/auth' });
    await world.done(page.auth.login(ALICE));
    await signInByForm(world, BOB);
    page.tab.emit('shown_again');
    await world.pass(2000);
    expect(page.auth.user?.email).toBe(BOB.email);
  });
});

/** A browser without `cookieStore`. */
async function withoutCookieEvents(world: World): Promise<Page> {
  const page = await world.open();
  const emit = page.tab.emit.bind(page.tab);
  page.tab.emit = (event) => (event === 'cookies' ? undefined : emit(event));
  return page;
}

describe('a hint that names another session, in a browser that tells of no cookie', () => {
  it('34, SD-9: is believed as soon as another tab says that one began, before the server answers', async () => {
    const world = new World();
    const page = await withoutCookieEvents(world);
    const other = await withoutCookieEvents(world);
    await world.done(page.auth.login(ALICE));
    await world.delayed('/auth/refresh', 5000, async () => {
      other.tab.hide();
      await world.done(page.auth.login(BOB));
      expect(other.auth.user?.email).not.toBe(ALICE.email);
    });
  });

  it('33: is missed within half a minute when it is gone', async () => {
    const world = new World();
    const page = await withoutCookieEvents(world);
    await world.done(page.auth.login(ALICE));
    world.profile.jar.clear();
    await world.pass(31_000);
    expect(page.auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out_elsewhere' });
  });
});

describe('a hint that is taken away', () => {
  it.each(['before', 'after'])(
    'CK-5: is missed, also where a neighbouring host planted one %s it',
    async (order) => {
      const { world, page } = await signedInBeside(order);
      for (const name of [...world.profile.jar.keys()])
        if (name !== PLANTED) world.profile.jar.delete(name);
      world.profile.emit('cookies');
      await world.pass(6000);
      expect(page.auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out_elsewhere' });
    },
  );

  it('and set again at once signs nobody out', async () => {
    const world = new World();
    const page = await world.signedIn();
    page.seen.length = 0;
    const kept = world.profile.jar.get(HINT)!;
    world.profile.jar.delete(HINT);
    world.profile.emit('cookies');
    await world.pass(50);
    world.profile.jar.set(HINT, kept);
    world.profile.emit('cookies');
    await world.pass(2000);
    expect(page.seen).toEqual([]);
  });
});

describe('a hint that somebody planted', () => {
  it.each([
    '',
    '.',
    'x',
    'a.b.c',
    'a.-1.0',
    '%00.1.1',
    'x; my-portcullis-hint=a.1.1',
    'x'.repeat(4096),
    `x.${'9'.repeat(4000)}.1x`,
  ])('as garbage is none: %#', async (garbage) => {
    const world = new World();
    world.profile.jar.set(PLANTED, garbage);
    const { auth } = await world.open();
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'never' });
    expect(world.profile.requests).toEqual([]);
  });

  it('costs one request at the start of a page, and shows nobody', async () => {
    const world = new World();
    world.profile.jar.set(PLANTED, `evil.${'9'.repeat(400)}.7`);
    const { auth } = await world.open();
    await world.pass(600_000);
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'never' });
    expect(world.profile.requests).toEqual(['POST /auth/refresh']);
  });

  it.each(['before', 'after'])(
    'CK-5: from a neighbouring host, %s the own one, neither hides a sign-out nor makes one',
    async (order) => {
      const { world, page } = await signedInBeside(order);
      world.profile.emit('cookies');
      await world.pass(1000);
      expect(page.auth.user?.email).toBe(ALICE.email);
      const other = await world.open();
      expect(other.auth.user?.email).toBe(ALICE.email);
      expect(world.refreshes).toBe(order === 'before' ? 1 : 0);
    },
  );
});
