import { inspect } from 'node:util';
import { AuthError } from '@portcullis/client';
import { ALICE, API, World } from './client-world';

const CHALLENGE = { token: 'secret-of-the-challenge', factors: ['totp'], expiresIn: 300 };
const TOKEN = /access-\d|secret-of-|long pass phrase/;

/** Everything that logs, error trackers and developer tools make of something. */
function shown(thing: unknown): string {
  const clone = () => {
    try {
      return inspect(structuredClone(thing), { depth: 9, showHidden: true });
    } catch (error) {
      return String(error);
    }
  };
  const stack = thing instanceof Error ? `${thing.stack} ${String(thing.cause)}` : '';
  return [
    JSON.stringify(thing),
    inspect(thing, { depth: 9 }),
    String(thing),
    Object.keys(Object(thing)).join(),
    stack,
    clone(),
  ].join('\n');
}

describe('no secret stands', () => {
  it('SD-1: in what a client looks like', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    expect(await auth.getAccessToken()).toMatch(TOKEN);
    expect(shown(auth)).not.toMatch(TOKEN);
    expect(shown({ client: auth, state: auth.getState(), user: auth.user })).not.toMatch(TOKEN);
  });

  it.each([
    ['offline', async (world: World) => world.profile.goOffline()],
    ['of a refusal', async (world: World) => world.server.plan('/auth/login', 401, { code: 'x' })],
    ['of another answer', async (world: World) => world.server.plan('/auth/login', 200, {})],
    [
      'of a second factor',
      async (world: World) =>
        world.server.plan('/auth/login', 401, { code: 'mfa_required', challenge: CHALLENGE }),
    ],
  ])('SD-1: in the error of a sign-in %s', async (_how, happen) => {
    const world = new World();
    const { auth } = await world.open();
    await happen(world);
    const error: unknown = await world.done(auth.login(ALICE)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuthError);
    expect(shown(error)).not.toMatch(TOKEN);
  });

  it('although a page that asks for the second factor finds it', async () => {
    const error = new AuthError({ code: 'mfa_required', challenge: CHALLENGE });
    expect(error.challenge).toEqual(CHALLENGE);
  });

  it('SD-1: in the error of a request, a refresh, a step-up and a sign-out', async () => {
    const world = new World();
    const { auth } = await world.signedIn();
    const before = await auth.getAccessToken();
    world.profile.goOffline();
    await world.clock.sleep(3_600_000);
    const calls = [auth.fetch(API), auth.refreshAuth(), auth.stepUp(ALICE), auth.logout()];
    const settled = await world.done(Promise.allSettled(calls));
    const reasons = settled.map((result) => (result as PromiseRejectedResult).reason as unknown);
    for (const reason of reasons) {
      expect(reason).toBeInstanceOf(Error);
      expect(shown(reason)).not.toMatch(TOKEN);
      expect(shown(reason)).not.toContain(before);
    }
  });

  it('SD-1: on the console, whatever happens', async () => {
    const kinds = ['log', 'info', 'warn', 'error', 'debug'] as const;
    const spies = kinds.map((kind) =>
      jest.spyOn(console, kind).mockImplementation(() => undefined),
    );
    const world = new World();
    const { auth } = await world.signedIn();
    auth.onSignOut(() => Promise.reject(new Error('of the application')));
    auth.onUserChange(() => {
      throw new Error('of the application');
    });
    world.server.plan('/auth/refresh', 401, { code: 'unauthenticated', access_token: 'access-1' });
    await world.done(auth.refreshAuth().catch(() => undefined));
    const said = spies.flatMap(({ mock }) => mock.calls);
    expect(said.length).toBeGreaterThan(0);
    expect(shown(said)).not.toMatch(TOKEN);
    for (const spy of spies) spy.mockRestore();
  });
});
