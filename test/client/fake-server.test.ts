import { PASSWORD, startAuthApp, ThingsController } from '../support/auth-app';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { FakeClock } from '../support/fake-clock';
import {
  act,
  fakeSide,
  FreshController,
  realSide,
  TRANSPORTS,
  type RealServers,
  type Side,
  type Transport,
} from './contract-sides';

const REFRESH = '__Host-portcullis-refresh';
const SESSION = '__Host-portcullis-session';
const WRONG = 'a wrong pass phrase 7';

const signIn = (side: Side) =>
  act(side, 'login', () => side.auth.login({ email: side.email, password: PASSWORD }));
const look = (side: Side, path = '/things/mine') =>
  act(side, `look at ${path}`, () => side.auth.fetch(path));
const refresh = (side: Side) => act(side, 'refresh', () => side.auth.refreshAuth());
const stepUp = (side: Side, password = PASSWORD) =>
  act(side, 'step-up', () => side.auth.stepUp({ password }));
const list = (side: Side) =>
  act(side, 'list', async () => {
    const sessions = await side.auth.listSessions();
    side.transcript.push(`current: ${sessions.map(({ current }) => current).join()}`);
    return sessions;
  });
const revoke = (side: Side, id = '') => act(side, 'revoke', () => side.auth.revokeSession(id));
/** As a page would that knows nothing of the client. */
const send = (side: Side, path: string, init?: RequestInit) =>
  act(side, `send to ${path}`, () => side.tab.browser.fetch(side.tab.browser.origin + path, init));

const POSTED = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
const PROOF = { ...POSTED, body: JSON.stringify({ password: PASSWORD }) };

/** Puts a cookie of before back for as long as something lasts, as another tab or a thief would have it. */
async function withCookie(side: Side, name: string, value: string, work: () => Promise<unknown>) {
  const { jar } = side;
  const now = jar.get(name);
  jar.set(name, value);
  await work();
  if (now !== undefined) jar.set(name, now);
}

interface Script {
  readonly title: string;
  readonly only?: Transport;
  run(side: Side): Promise<void>;
  /** What has to happen, so that two servers that answer nothing are not alike. */
  readonly seen: readonly string[];
}

const SCRIPTS: readonly Script[] = [
  {
    title: 'a sign-in, a wrong one before and one that takes its place',
    seen: ['401 | invalid_credentials', '200 |', 'fails: invalid_credentials'],
    async run(side) {
      await act(side, 'start', () => side.auth.start());
      await send(side, '/things/mine');
      await send(side, '/things/mine', { headers: { authorization: 'Bearer garbage' } });
      const { email } = side;
      await act(side, 'wrong', () => side.auth.login({ email, password: WRONG }));
      await act(side, 'unknown', () =>
        side.auth.login({ email: 'nobody@example.test', password: PASSWORD }),
      );
      await signIn(side);
      await look(side);
      await look(side, '/auth/session');
      await signIn(side);
      await list(side);
    },
  },
  {
    title: 'guesses that have to wait, at sign-in and at step-up alike',
    seen: ['429 | throttled', 'retry-after', 'to be tried later'],
    async run(side) {
      await signIn(side);
      for (let guess = 1; guess <= 6; guess += 1) await stepUp(side, WRONG);
      await stepUp(side);
      const { email } = side;
      await act(side, 'login', () => side.auth.login({ email, password: PASSWORD }));
    },
  },
  {
    title: 'refreshes: rotation, convergence, grace and a lost cookie',
    seen: ['~__Host-portcullis-refresh', 'of 2'],
    only: 'cookie',
    async run(side) {
      await signIn(side);
      await refresh(side);
      await refresh(side);
      await side.later(40);
      const before = side.jar.get(REFRESH) ?? '';
      await refresh(side);
      side.jar.set(REFRESH, before);
      await refresh(side);
      await send(side, '/auth/refresh', POSTED);
      side.jar.delete(REFRESH);
      await refresh(side);
    },
  },
  {
    title: 'the end of a family whose old token comes back',
    seen: ['401 | refresh_reused', '"reason":"refresh_reused"'],
    only: 'cookie',
    async run(side) {
      await signIn(side);
      const before = side.jar.get(REFRESH) ?? '';
      await refresh(side);
      await side.later(40);
      side.jar.set(REFRESH, before);
      await refresh(side);
      await signIn(side);
    },
  },
  {
    title: 'a token that runs out before the client expects it',
    seen: ['401 | invalid_token | www-authenticate: Bearer error="invalid_token"'],
    only: 'cookie',
    async run(side) {
      await signIn(side);
      await side.outliveTokens();
      await look(side);
    },
  },
  {
    title: 'the list of sessions, and their end one by one',
    seen: ['current: false,true', '404 | not_found', '"reason":"session_revoked"'],
    async run(side) {
      await signIn(side);
      await side.later(600);
      await side.signInElsewhere();
      const sessions = (await list(side)) ?? [];
      const other = sessions.find(({ current }) => !current)?.id;
      await revoke(side, other);
      await revoke(side, other);
      await revoke(side, '8a6e0804-2bd0-4672-b79d-d97027f9071a');
      await revoke(side, 'no id');
      await list(side);
      await revoke(side, sessions.find(({ current }) => current)?.id);
      await look(side);
      await signIn(side);
    },
  },
  {
    title: 'a session that an administrator ended, and one that nobody used',
    seen: ['"reason":"session_revoked"', '"reason":"session_expired"'],
    async run(side) {
      await signIn(side);
      await side.revokeAll();
      await look(side);
      await signIn(side);
      await side.expireAll();
      await look(side, '/auth/session');
      await refresh(side);
      await look(side);
    },
  },
  {
    title: 'what somebody may do changes',
    seen: ['"permissions":["things:read","things:write"]'],
    async run(side) {
      await signIn(side);
      const before = side.jar.get(SESSION);
      await side.grantWriting();
      await look(side);
      await look(side);
      if (before === undefined) return;
      await withCookie(side, SESSION, before, () => look(side));
      await withCookie(side, SESSION, before, () => stepUp(side));
    },
  },
  {
    title: 'a step-up: asked for, refused, done',
    seen: [
      'error="insufficient_user_authentication"',
      'max_age="60"',
      '401 | step_up_required',
      '401 | invalid_credentials',
    ],
    async run(side) {
      await signIn(side);
      await look(side, '/fresh');
      await side.later(61);
      await refresh(side);
      await look(side, '/fresh');
      await stepUp(side, WRONG);
      side.auth.onStepUp(() => side.auth.stepUp({ password: PASSWORD }));
      await look(side, '/fresh');
      await look(side, '/fresh');
      await list(side);
      await send(side, '/auth/step-up', PROOF);
    },
  },
  {
    title: 'a secret id from before a step-up: it gains nothing, and is soon worth nothing',
    seen: ['401 | step_up_required', '401 | session_revoked', '401 | unauthenticated'],
    only: 'session',
    async run(side) {
      await signIn(side);
      await side.later(61);
      const before = side.jar.get(SESSION) ?? '';
      await stepUp(side);
      await withCookie(side, SESSION, before, async () => {
        await send(side, '/things/mine');
        await send(side, '/fresh');
        await send(side, '/auth/session');
        await send(side, '/auth/step-up', {
          ...PROOF,
          headers: { ...PROOF.headers, 'x-csrf': '1' },
        });
        await side.later(31);
        await send(side, '/things/mine');
      });
      await look(side);
    },
  },
  {
    title: 'a sign-out, of this session, the others and all',
    seen: ['204', '"reason":"signed_out"'],
    async run(side) {
      await signIn(side);
      await side.signInElsewhere();
      await act(side, 'logout of others', () => side.auth.logout({ scope: 'others' }));
      await list(side);
      await send(side, '/auth/logout', POSTED);
      await act(side, 'logout', () => side.auth.logout());
      await act(side, 'logout again', () => side.auth.logout());
      await signIn(side);
      await act(side, 'logout of all', () => side.auth.logout({ scope: 'all' }));
      await look(side);
      await signIn(side);
    },
  },
];

describe('the fake server and the real one', () => {
  const controllers = [ThingsController, FreshController];
  let database: TestDatabase;
  let servers: RealServers;

  beforeAll(async () => {
    database = await cloneDatabase();
    servers = {
      app: await startAuthApp({ database, controllers }),
      late: await startAuthApp({
        database,
        controllers,
        clock: new FakeClock(Date.now() + 700_000),
      }),
    };
  });

  afterAll(async () => {
    await servers.late.close();
    await servers.app.close();
    await database.drop();
  });

  describe.each(TRANSPORTS)('answer the same client alike: transport %s', (transport) => {
    const scripts = SCRIPTS.filter(({ only = transport }) => only === transport);

    it.each(scripts)('$title', async ({ run, seen }) => {
      const real = await realSide(transport, servers);
      const fake = fakeSide(transport);
      await run(real);
      await run(fake);
      expect(fake.transcript).toEqual(real.transcript);
      for (const words of seen) expect(real.transcript.join('\n')).toContain(words);
    });
  });
});
