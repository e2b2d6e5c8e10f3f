import { createAuthClient } from '@portcullis/client';
import { ALICE, BOB, TOKEN_SECONDS, World } from './client-world';
import { Forger } from './forger';

/** A channel as browsers have it: one that is closed refuses to send. */
function withStrictChannel(world: World) {
  const { browser } = world.profile.openTab();
  return {
    ...browser,
    openChannel: (name: string, hear: (message: unknown) => void) => {
      const channel = browser.openChannel!(name, hear);
      let isClosed = false;
      return {
        send: (message: unknown) => {
          if (isClosed) throw new DOMException('channel is closed', 'InvalidStateError');
          channel.send(message);
        },
        close: () => {
          isClosed = true;
          channel.close();
        },
      };
    },
  };
}

async function signedIn() {
  const world = new World();
  const auth = createAuthClient({ browser: withStrictChannel(world) });
  await world.done(auth.start());
  await world.done(auth.login(ALICE));
  return { world, auth };
}

describe('a client that was disposed of', () => {
  it('SS-3: still signs out, here and at the server', async () => {
    const { world, auth } = await signedIn();
    auth.dispose();
    await world.done(auth.logout());
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'signed_out' });
    expect(world.server.live).toBe(0);
  });

  it('takes the answer of a refresh that was under way, and asks for no further one by itself', async () => {
    const { world, auth } = await signedIn();
    const late = auth.refreshAuth();
    await world.pass(20);
    auth.dispose();
    await world.done(late);
    world.profile.requests.length = 0;
    await world.pass(5 * TOKEN_SECONDS * 1000);
    expect(world.profile.requests).toEqual([]);
  });

  it('leaves no timer of what is done', async () => {
    const world = new World();
    const { browser } = world.profile.openTab();
    const timers = new Set<unknown>();
    const auth = createAuthClient({
      browser: {
        ...browser,
        setTimeout: (work, milliseconds) => {
          const timer = browser.setTimeout(() => {
            timers.delete(timer);
            work();
          }, milliseconds);
          timers.add(timer);
          return timer;
        },
        clearTimeout: (timer) => {
          timers.delete(timer);
          browser.clearTimeout(timer);
        },
      },
    });
    await world.done(auth.start());
    await world.done(auth.login(ALICE));
    await world.done(auth.refreshAuth());
    await world.done(auth.fetch('/invoices'));
    auth.dispose();
    expect(timers.size).toBe(0);
  });

  it('asks for nothing that was due', async () => {
    const { world, auth } = await signedIn();
    world.profile.goOffline();
    await world.clock.sleep(TOKEN_SECONDS * 1000);
    world.profile.online = true;
    auth.dispose();
    world.profile.requests.length = 0;
    await world.pass(60_000);
    expect(world.profile.requests).toEqual([]);
  });

  it('SD-6: hears nothing', async () => {
    const { world, auth } = await signedIn();
    auth.dispose();
    const before = auth.getState();
    world.profile.requests.length = 0;
    await new Forger(world).say(
      { kind: 'ask' },
      { kind: 'began', sessionId: 'x' },
      { kind: 'ended', reason: 'signed_out' },
    );
    world.profile.emit('cookies');
    world.profile.emit('shown_again');
    world.profile.emit('online');
    await world.pass(60_000);
    expect(auth.getState()).toBe(before);
    expect(world.profile.requests).toEqual([]);
  });

  it('still signs in', async () => {
    const { world, auth } = await signedIn();
    auth.dispose();
    await world.done(auth.login(BOB));
    expect(auth.user?.email).toBe(BOB.email);
  });
});
