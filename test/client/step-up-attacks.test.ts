import { API, BOB, World, type Page } from './client-world';

/** Somebody whose proof is too old for the invoices. */
async function proofTooOld(): Promise<Page & { readonly world: World }> {
  const world = new World();
  const page = await world.signedIn();
  world.server.requireFreshProof('/invoices', 60);
  await world.pass(61_000);
  return { ...page, world };
}

async function statusOf(answer: Promise<Response>): Promise<unknown> {
  return answer.then(
    ({ status }) => status,
    (error: unknown) => error,
  );
}

describe('whoever is asked for a step-up', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('of the application');
      },
    ],
    ['answers with nothing', () => undefined as unknown as Promise<void>],
    ['answers with no promise', () => 'yes' as unknown as Promise<void>],
  ])('39: and %s has the refusal handed through, and is asked again', async (_what, listener) => {
    const { world, auth } = await proofTooOld();
    const ask = jest.fn<Promise<void>, []>(listener);
    auth.onStepUp(ask);
    expect(await world.done(statusOf(auth.fetch(API)))).toBe(401);
    expect(await world.done(statusOf(auth.fetch(API)))).toBe(401);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('39: and never answers keeps no request waiting when the session ends', async () => {
    const { world, auth } = await proofTooOld();
    auth.onStepUp(() => new Promise(() => undefined));
    const waiting = [statusOf(auth.fetch(API)), statusOf(auth.fetch(API))];
    await world.pass(1000);
    await world.done(auth.logout());
    expect(await world.done(Promise.all(waiting))).toEqual([401, 401]);
    expect(world.profile.count('/invoices')).toBe(2);
  });

  it.each(['in this tab', 'in another one'])(
    '39, SD-9: and never answers is not who the next person waits for, signed in %s',
    async (where) => {
      const { world, auth } = await proofTooOld();
      const ask = jest.fn<Promise<void>, []>(() => new Promise(() => undefined));
      auth.onStepUp(ask);
      const waiting = statusOf(auth.fetch(API, { method: 'POST' }));
      await world.pass(1000);
      const other = await world.open();
      await world.done((where === 'in this tab' ? auth : other.auth).login(BOB));
      await world.pass(61_000);
      expect(await world.done(waiting)).toBe(401);
      auth.onStepUp(() => auth.stepUp(BOB));
      expect(await world.done(statusOf(auth.fetch(API)))).toBe(200);
      expect(ask).toHaveBeenCalledTimes(1);
      expect(world.profile.requests.filter((sent) => sent === 'POST /invoices')).toHaveLength(1);
    },
  );

  it('39, SD-9: answers for nobody else when the answer comes after the next sign-in', async () => {
    const { world, auth } = await proofTooOld();
    let answer: () => void = () => undefined;
    auth.onStepUp(() => new Promise((resolve) => (answer = resolve)));
    const waiting = statusOf(auth.fetch(API, { method: 'POST' }));
    await world.pass(1000);
    await world.done(auth.login(BOB));
    answer();
    answer();
    expect(await world.done(waiting)).toBe(401);
    expect(world.profile.count('/invoices')).toBe(1);
  });
});
