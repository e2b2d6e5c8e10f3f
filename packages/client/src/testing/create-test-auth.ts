import { createAuthClient, type AuthClient, type AuthClientOptions } from '../client.js';
import type { AuthState, Permission, Role, User } from '../state.js';
import { FakeAuthServer } from './fake-auth-server.js';
import { VirtualClock } from './virtual-clock.js';
import { VirtualProfile } from './virtual-profile.js';

/** What everybody of a test signs in with, so that a test of a form can type it. */
export const TEST_PASSWORD = 'a long pass phrase';

const DEFAULT_EMAIL = 'ada@example.org';
const TOKEN_SECONDS = 600;
const FRESH_SECONDS = 60;

/** Somebody, as far as a test cares. The password is {@link TEST_PASSWORD}. */
export interface TestPerson {
  readonly user?: Partial<User>;
  readonly roles?: readonly Role[];
  readonly permissions?: readonly Permission[];
}

/** Who is in front of the page when the test begins. */
export interface TestAuthOptions extends TestPerson {
  /**
   * `loading` lasts until time is advanced, and then the person is signed in. `stale` has no network:
   * `profile.goOnline()` brings it back. Any other but `authenticated` has nobody signed in yet.
   * @default 'authenticated'
   */
  readonly status?: AuthState['status'];
  /** As the page of the components sets its client up. @default 'cookie' */
  readonly transport?: AuthClientOptions['transport'];
  /**
   * Paths of the API that want a proof of the last minute, as `@StepUp({ maxAge: 60 })` does. The sign-in
   * was earlier: the first request asks for a step-up, with {@link TEST_PASSWORD}.
   *
   * @example ['/invoices/7/approve']
   */
  readonly requireStepUp?: readonly string[];
  /** Browsers in which the person has a session as well, for a page that lists and ends them. */
  readonly otherDevices?: readonly string[];
}

/** A client for the components under test, and everything that it believes in. */
export interface TestAuth {
  /** The real one. */
  readonly client: AuthClient;
  /** Plans answers, ends sessions and changes what people may do. */
  readonly server: FakeAuthServer;
  readonly clock: VirtualClock;
  /** Goes offline and online, and knows every request. */
  readonly profile: VirtualProfile;
  /** Signs somebody in, who need not be known before; without a name the person of the options. */
  signIn(as?: TestPerson): Promise<void>;
  signOut(): Promise<void>;
  /** Lets milliseconds pass: tokens are renewed and run out. Nothing else moves the clock. */
  advance(milliseconds: number): Promise<void>;
}

/**
 * The real client in a browser and before a server that live in memory. Answers come at once, so that
 * a test waits for nothing but its own promises.
 *
 * @example
 * const { client, server, advance } = await createTestAuth({ permissions: ['invoices:read'] });
 * render(<AuthProvider client={client}><Invoices /></AuthProvider>);
 * server.revokeAll();
 * await advance(600_000); // the page shows that the session is over
 *
 * @example
 * const { client } = await createTestAuth({ requireStepUp: ['/invoices/7/approve'] });
 * client.onStepUp(() => client.stepUp({ password: TEST_PASSWORD })); // or useStepUp() in a component
 * await client.fetch('/invoices/7/approve', { method: 'POST' }); // 200, after it asked
 */
export async function createTestAuth(options: TestAuthOptions = {}): Promise<TestAuth> {
  const { status = 'authenticated', transport = 'cookie', ...person } = options;
  const { requireStepUp = [], otherDevices = [] } = options;
  const clock = new VirtualClock();
  const server = new FakeAuthServer(clock, TOKEN_SECONDS);
  let answering: Promise<void> | undefined;
  const profile = new VirtualProfile({
    clock,
    latencyMs: 0,
    // One tab has nobody to ask, and would wait for the clock.
    without: ['channel'],
    server: async (request, jar) => {
      await answering;
      return server.handle(request, jar);
    },
  });
  const openTab = () => createAuthClient({ transport, browser: profile.openTab().browser });
  let client = openTab();

  const signIn = async (as: TestPerson = person) => {
    const email = as.user?.email ?? DEFAULT_EMAIL;
    server.addAccount({
      email,
      password: TEST_PASSWORD,
      roles: as.roles ?? [],
      permissions: as.permissions ?? [],
      ...(as.user && { user: as.user }),
    });
    await client.login({ email, password: TEST_PASSWORD });
  };
  const begin = async () => {
    await signIn();
    for (const device of otherDevices) server.openSession(client.user?.email ?? '', device);
    for (const path of requireStepUp) server.requireFreshProof(path, FRESH_SECONDS);
    if (requireStepUp.length > 0) await clock.advance((FRESH_SECONDS + 1) * 1000);
  };

  switch (status) {
    case 'anonymous':
      await client.start();
      break;
    case 'challenge':
      server.plan('/auth/login', 401, {
        code: 'mfa_required',
        challenge: { token: 'challenge-1', factors: ['totp'], expiresIn: 300 },
      });
      await signIn().catch(() => undefined);
      break;
    case 'loading':
      await begin();
      client.dispose();
      client = openTab();
      answering = new Promise((resolve) => clock.setTimeout(resolve, 1));
      break;
    case 'stale':
      await begin();
      profile.goOffline();
      // Until the token is dead and the client has looked; where there is none, until it looks.
      if (transport === 'cookie') await clock.advance(TOKEN_SECONDS * 1000 + 5000);
      else await client.refreshAuth().catch(() => undefined);
      break;
    case 'authenticated':
      await begin();
  }
  profile.requests.length = 0;

  return {
    client,
    server,
    clock,
    profile,
    signIn,
    signOut: () => client.logout(),
    advance: (milliseconds) => clock.advance(milliseconds),
  };
}
