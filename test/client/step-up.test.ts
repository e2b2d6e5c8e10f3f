import { ALICE, API, BOB, World, type Page } from './client-world';

const STEP_UP = {
  'www-authenticate': 'Bearer error="insufficient_user_authentication", max_age="60"',
};

/** Somebody whose proof is too old for the invoices. */
async function proofTooOld(): Promise<Page & { readonly world: World }> {
  const world = new World();
  const page = await world.signedIn();
  world.server.requireFreshProof('/invoices', 60);
  await world.pass(61_000);
  return { ...page, world };
}

describe('a step-up', () => {
  it('39: proves it anew in the session that is there, without telling of a new one', async () => {
    const { world, auth } = await proofTooOld();
    const before = auth.getState();
    await world.done(auth.stepUp(ALICE));
    expect(auth.getState()).toMatchObject({ session: { id: 'session-1' }, user: auth.user });
    expect(auth.getState()).not.toBe(before);
    expect((await world.done(auth.fetch(API))).status).toBe(200);
    expect(world.server.live).toBe(1);
  });

  it('39: with a wrong password says so and ends nothing', async () => {
    const { world, auth } = await proofTooOld();
    const failed = world.done(auth.stepUp({ password: 'wrong' }));
    await expect(failed).rejects.toMatchObject({ code: 'invalid_credentials', status: 401 });
    expect(auth.getState().status).toBe('authenticated');
  });

  it('39: reaches the other tabs', async () => {
    const { world, auth } = await proofTooOld();
    const other = await world.open();
    await world.done(auth.stepUp(ALICE));
    await world.pass(10);
    expect((await world.done(other.auth.fetch(API))).status).toBe(200);
  });

  it('is dropped when the session ended while it was on its way', async () => {
    const { world, auth } = await proofTooOld();
    const late = auth.stepUp(ALICE).catch((error: unknown) => error);
    await world.done(auth.logout());
    expect(await late).toMatchObject({ code: 'superseded' });
    expect(auth.getState()).toMatchObject({ status: 'anonymous', reason: 'signed_out' });
  });
});

describe('a request that asks for a step-up', () => {
  it('39: is sent once more when it is done, and the person is asked once for all of them', async () => {
    const { world, auth } = await proofTooOld();
    const ask = jest.fn(() => auth.stepUp(ALICE));
    auth.onStepUp(ask);
    const init = { method: 'POST', body: '{"approve":7}' };
    const answers = [auth.fetch(API, init), auth.fetch(API), auth.fetch(API)];
    expect((await world.done(Promise.all(answers))).map(({ status }) => status)).toEqual(
      Array(3).fill(200),
    );
    expect(ask).toHaveBeenCalledTimes(1);
    expect(world.profile.count('/invoices')).toBe(6);
  });

  it.each([401, 403])('28, 39: is sent once more and not again, answered %i', async (status) => {
    const { world, auth } = await proofTooOld();
    const ask = jest.fn(() => auth.stepUp(ALICE));
    auth.onStepUp(ask);
    for (const code of ['step_up_required', 'step_up_required'])
      world.server.plan('/invoices', status, { code }, STEP_UP);
    expect((await world.done(auth.fetch(API))).status).toBe(status);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(world.profile.count('/invoices')).toBe(2);
  });

  it.each([
    ['nobody is there to ask', undefined],
    ['the person refuses', () => Promise.reject(new Error('no'))],
    ['nothing was proven', () => Promise.resolve()],
  ])('39: hands the refusal through when %s', async (_why, listener) => {
    const { world, auth } = await proofTooOld();
    if (listener !== undefined) auth.onStepUp(listener);
    expect((await world.done(auth.fetch(API))).status).toBe(401);
    expect(world.profile.count('/invoices')).toBe(1);
  });

  it('asks no more after the listener was taken back', async () => {
    const { world, auth } = await proofTooOld();
    const ask = jest.fn(() => auth.stepUp(ALICE));
    auth.onStepUp(ask)();
    expect((await world.done(auth.fetch(API))).status).toBe(401);
    expect(ask).not.toHaveBeenCalled();
  });

  it('39: asks the one that was registered last, also when an earlier one is taken back', async () => {
    const { world, auth } = await proofTooOld();
    const [before, ask] = [jest.fn(() => Promise.resolve()), jest.fn(() => auth.stepUp(ALICE))];
    const stop = auth.onStepUp(before);
    auth.onStepUp(ask);
    stop();
    expect((await world.done(auth.fetch(API))).status).toBe(200);
    expect([before.mock.calls.length, ask.mock.calls.length]).toEqual([0, 1]);
  });

  it('39: of nobody asks nobody', async () => {
    const world = new World();
    const { auth } = await world.open();
    const ask = jest.fn(() => Promise.resolve());
    auth.onStepUp(ask);
    world.server.plan('/invoices', 401, { code: 'step_up_required' }, STEP_UP);
    expect((await world.done(auth.fetch(API))).status).toBe(401);
    expect(ask).not.toHaveBeenCalled();
  });

  it('39: and hears of it when it is proven already is sent again without a question', async () => {
    const { world, auth } = await proofTooOld();
    const ask = jest.fn(() => auth.stepUp(ALICE));
    auth.onStepUp(ask);
    const slow = new URL('/slow', API).href;
    world.server.plan('/slow', 401, { code: 'step_up_required' }, STEP_UP);
    await world.delayed('/slow', 1000, async () => {
      const late = auth.fetch(slow);
      expect((await world.done(auth.fetch(API))).status).toBe(200);
      await world.pass(2000);
      expect((await late).status).toBe(200);
    });
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('36, 39: is not sent in the name of whoever signed in while it was asked', async () => {
    const { world, auth } = await proofTooOld();
    auth.onStepUp(() => auth.login(BOB).then(() => undefined));
    expect((await world.done(auth.fetch(API, { method: 'POST' }))).status).toBe(401);
    expect(auth.user?.email).toBe(BOB.email);
    expect(world.profile.count('/invoices')).toBe(1);
  });
});

describe('a change of user', () => {
  it('34: is told once, in every tab, before a listener of the state hears of it', async () => {
    const world = new World();
    const pages = [await world.signedIn(), await world.open()];
    const told: string[] = [];
    for (const { auth } of pages) {
      auth.onUserChange(({ email }) => told.push(`cleared for ${email}`));
      auth.subscribe(() => auth.user && told.push(`shown to ${auth.user.email}`));
    }
    await world.done(pages[0]!.auth.login(BOB));
    await world.pass(2000);
    const inOneTab = [`cleared for ${BOB.email}`, `shown to ${BOB.email}`];
    expect(told).toEqual([...inOneTab, ...inOneTab]);
  });

  it('34: is told when the next person signs in after the last one signed out', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    const told: string[] = [];
    auth.onUserChange(({ email }) => told.push(email));
    await world.done(auth.logout());
    await world.done(auth.login(ALICE));
    expect(told).toEqual([]);
    await world.done(auth.login(BOB));
    expect(told).toEqual([BOB.email]);
  });

  it('reaches every listener, whatever one of them throws', async () => {
    const errors = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const world = new World();
    const { auth } = await world.signedIn();
    const told: string[] = [];
    auth.onUserChange(() => {
      throw new Error('of the application');
    });
    auth.onUserChange(({ email }) => told.push(email));
    await world.done(auth.login(BOB));
    expect([told, auth.user?.email]).toEqual([[BOB.email], BOB.email]);
    expect(errors).toHaveBeenCalledTimes(1);
    errors.mockRestore();
  });
});
