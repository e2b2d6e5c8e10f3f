import { ALICE, API, SIGNED_IN, codeOf, World, type Page } from './client-world';

const PATHS = ['/auth/login', '/auth/refresh', '/auth/session', '/auth/step-up', '/auth/logout'];

interface Attacked extends Page {
  readonly world: World;
  /** What the server answers from now on instead, by path. */
  readonly answers: Map<string, (request: Request) => Response>;
}

/** Somebody signed in before a server that goes bad. */
async function attacked(options: { readonly signIn?: boolean } = {}): Promise<Attacked> {
  const answers = new Map<string, (request: Request) => Response>();
  const world: World = new World({
    server: async (request, jar) =>
      answers.get(new URL(request.url).pathname)?.(request) ?? world.server.handle(request, jar),
  });
  const page = options.signIn === false ? await world.open() : await world.signedIn();
  world.profile.requests.length = 0;
  return { ...page, world, answers };
}

function json(body: unknown, init: ResponseInit = {}): () => Response {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return () =>
    new Response(text, {
      ...init,
      headers: { 'content-type': 'application/json', ...init.headers },
    });
}

const ANSWER = {
  ...SIGNED_IN,
  status: undefined,
  access_token: 'access-of-the-answer',
  token_type: 'Bearer',
  expires_in: 600,
  session: { ...SIGNED_IN.session, generation: 9, expiresAt: '2026-02-01T00:00:00.000Z' },
};

/** A body whose first bytes come, and then nothing until the browser gives it up. */
function stalled({ signal }: Request): Response {
  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode('{"access_token":"'));
      signal.addEventListener('abort', () => controller.error(signal.reason));
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}

describe('an answer of a server that is hostile or broken', () => {
  it.each([
    ['no session', { ...ANSWER, session: undefined }],
    ['a person without an id', { ...ANSWER, user: { ...ANSWER.user, id: undefined } }],
    ['a session without an id', { ...ANSWER, session: { ...ANSWER.session, id: undefined } }],
    ['nobody', { ...ANSWER, user: null }],
    ['a list', [ANSWER]],
    ['a number', 7],
    ['nothing', 'null'],
    ['half of it', '{"access_token":"x'],
    [
      'a generation without end',
      JSON.stringify(ANSWER).replace('"generation":9', '"generation":9e999'),
    ],
    ['roles in one text', { ...ANSWER, roles: 'administrator' }],
    ['permissions that are none', { ...ANSWER, permissions: [null] }],
    ['a name that is none', { ...ANSWER, user: { ...ANSWER.user, displayName: { a: 1 } } }],
    ['no token', { ...ANSWER, access_token: undefined }],
    ['an empty token', { ...ANSWER, access_token: '' }],
    ['a token of several lines', { ...ANSWER, access_token: 'a\r\nx-evil: 1' }],
    ['a token that is none', { ...ANSWER, access_token: { a: 1 } }],
    ['no lifetime', { ...ANSWER, expires_in: undefined }],
    ['a lifetime of nothing', { ...ANSWER, expires_in: 0 }],
    ['a lifetime that is over', { ...ANSWER, expires_in: -600 }],
    ['a lifetime in words', { ...ANSWER, expires_in: 'soon' }],
    ['ten megabytes of something', { x: 'x'.repeat(10_000_000) }],
  ])('30, SD-5: with %s is none, and is asked for again within bounds', async (_what, body) => {
    const { world, answers, auth } = await attacked();
    const before = auth.getState();
    answers.set('/auth/refresh', json(body));
    expect(await codeOf(world.done(auth.refreshAuth()))).toBe('protocol');
    expect(auth.getState()).toBe(before);
    world.profile.requests.length = 0;
    await world.pass(660_000);
    expect(world.refreshes).toBeLessThanOrEqual(660 / 5);
    answers.clear();
    await world.pass(330_000);
    expect(auth.getState().status).toBe('authenticated');
    expect((await world.done(auth.fetch(API))).status).toBe(200);
  });

  it('30, SD-9: of another session, without a token, ends none', async () => {
    const { world, answers, auth } = await attacked();
    const before = auth.getState();
    const session = { ...ANSWER.session, id: 'another' };
    answers.set('/auth/refresh', json({ ...ANSWER, session, access_token: undefined }));
    expect(await codeOf(world.done(auth.refreshAuth()))).toBe('protocol');
    expect(auth.getState()).toBe(before);
  });

  it.each([
    ['a page', '<html>', { 'content-type': 'text/html' }],
    ['no type', '{}', { 'content-type': '' }],
    ['nothing', null, {}],
  ])('30: of %s signs nobody in', async (_what, body, headers) => {
    const { world, answers, auth } = await attacked({ signIn: false });
    const status = body === null ? 204 : 200;
    answers.set('/auth/login', () => new Response(body, { status, headers }));
    expect(await codeOf(world.done(auth.login(ALICE)))).toBe('protocol');
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'never' });
  });

  it('31: that sets no cookie signs nobody in', async () => {
    const errors = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const { world, answers, auth } = await attacked({ signIn: false });
    answers.set('/auth/login', json(ANSWER));
    expect(await codeOf(world.done(auth.login(ALICE)))).toBe('cookie_rejected');
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'never' });
    errors.mockRestore();
  });

  it.each([1, 0.001, 1e300])(
    'SD-5: with a lifetime of %d seconds makes no loop',
    async (seconds) => {
      const { world, answers, auth } = await attacked();
      answers.set('/auth/refresh', json({ ...ANSWER, expires_in: seconds }));
      expect(await codeOf(world.done(auth.refreshAuth()))).toBe('done');
      world.profile.requests.length = 0;
      for (let count = 0; count < 20; count += 1) {
        void auth.getAccessToken(0);
        await world.pass(150);
      }
      expect(world.refreshes).toBeLessThanOrEqual(1);
      await world.pass(60_000);
      expect(world.refreshes).toBeLessThanOrEqual(60 / 5 + 1);
    },
  );

  it.each(PATHS)('26: that never ends is given up: %s', async (path) => {
    const { world, answers, auth } = await attacked();
    const calls: Record<string, () => Promise<unknown>> = {
      '/auth/login': () => auth.login(ALICE),
      '/auth/refresh': () => auth.refreshAuth(),
      '/auth/session': async () => auth.listSessions(),
      '/auth/step-up': () => auth.stepUp(ALICE),
      '/auth/logout': () => auth.logout(),
    };
    answers.set(path === '/auth/session' ? '/auth/sessions' : path, stalled);
    let code: unknown = 'under way';
    void codeOf(calls[path]!()).then((result) => (code = result));
    await world.pass(40_000);
    expect(code).toBe('timeout');
  });

  it('26, SD-8: that never ends keeps no other tab waiting, and the next refresh is a new one', async () => {
    const { world, answers, auth } = await attacked();
    const other = await world.open();
    answers.set('/auth/refresh', stalled);
    const late = codeOf(auth.refreshAuth());
    await world.pass(40_000);
    expect(await late).toBe('timeout');
    answers.clear();
    expect(await codeOf(world.done(other.auth.refreshAuth()))).toBe('done');
    expect(await codeOf(world.done(auth.refreshAuth()))).toBe('done');
  });

  it.each([
    [{ code: 7, requestId: {}, errors: 'all', challenge: 'c' }],
    [{ code: { toString: 'x' }, errors: { a: 1 }, challenge: 7 }],
    ['text'],
    ['null'],
  ])('gives errors that a form can show: %j', async (body) => {
    const { world, answers, auth } = await attacked({ signIn: false });
    answers.set('/auth/login', json(body, { status: 400 }));
    const error: unknown = await world.done(auth.login(ALICE)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'protocol', message: 'protocol', fields: [] });
    expect(auth.getState()).toEqual({ status: 'anonymous', reason: 'never' });
  });
});

describe('an answer with a code of ours', () => {
  it('30: ends a session with the status alone that goes with it', async () => {
    const { world, answers, auth } = await attacked();
    answers.set('/auth/refresh', json({ code: 'session_revoked' }, { status: 403 }));
    expect(await codeOf(world.done(auth.refreshAuth()))).toBe('session_revoked');
    expect(auth.user?.email).toBe(ALICE.email);
  });

  it('gives a form no fields that are no list', async () => {
    const { world, answers, auth } = await attacked({ signIn: false });
    const body = { code: 'validation_failed', errors: { email: 'no' } };
    answers.set('/auth/login', json(body, { status: 400 }));
    const error: unknown = await world.done(auth.login(ALICE)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'validation_failed', fields: [], retryable: false });
  });

  it('30, SS-3: is missed where a proxy answers a sign-out with a page, and that is said', async () => {
    const { world, answers, auth } = await attacked();
    answers.set('/auth/logout', () => new Response('<html>Welcome to the hotel'));
    const error: unknown = await world.done(auth.logout()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'protocol', status: 200, retryable: false });
    expect(auth.user).toBeNull();
  });

  it('of none that a server gave is worth trying again only for the network', async () => {
    const { world, answers, auth } = await attacked();
    answers.set('/auth/refresh', json('{}'));
    const error: unknown = await world.done(auth.refreshAuth()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'protocol', status: 0, retryable: false });
  });
});

describe('Retry-After', () => {
  it.each(['1e9', '1000000000', '600'])(
    '25: of %s is waited for, within five minutes',
    async (seconds) => {
      const { world, answers, auth } = await attacked();
      const throttled = { status: 429, headers: { 'retry-after': seconds } };
      answers.set('/auth/refresh', json({ code: 'throttled' }, throttled));
      await world.pass(590_000);
      expect(world.refreshes).toBeGreaterThanOrEqual(1);
      expect(world.refreshes).toBeLessThanOrEqual(seconds === '1e9' ? 12 : 3);
      answers.clear();
      await world.pass(330_000);
      expect(auth.getState().status).toBe('authenticated');
    },
  );

  it.each([
    '1e9',
    '7 s',
    '-5',
    '',
    'soon',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    'NaN',
    '-Infinity',
    '0',
  ])('25, SD-5: of %j is none, and makes no loop', async (seconds) => {
    const { world, answers, auth } = await attacked();
    const throttled = { status: 503, headers: { 'retry-after': seconds } };
    answers.set('/auth/refresh', json({ code: 'overloaded' }, throttled));
    const error: unknown = await world.done(auth.refreshAuth()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'overloaded' });
    const { retryAfterSeconds } = error as { readonly retryAfterSeconds?: number };
    expect(retryAfterSeconds ?? 0).toBe(0);
    expect(world.refreshes).toBeLessThanOrEqual(3);
    world.profile.requests.length = 0;
    await world.pass(3_600_000);
    // Ever more slowly: an hour of attempts every five seconds would be 2,160.
    expect(world.refreshes).toBeLessThanOrEqual(60);
    answers.clear();
    await world.pass(330_000);
    expect(auth.getState().status).toBe('authenticated');
  });
});

describe('a version of the authority that an API makes up', () => {
  it.each(['1e9', '999999999', 'Infinity', 'NaN', '-1', ''])(
    '38: of %j costs one look in five seconds, however often it is said',
    async (version) => {
      const { world, answers, auth } = await attacked();
      answers.set('/invoices', json({}, { headers: { 'x-authority-version': version } }));
      const begun = world.clock.now();
      for (let count = 0; count < 20; count += 1)
        await world.done(Promise.all([auth.fetch(API), auth.fetch(API), auth.fetch(API)]));
      const intervals = Math.ceil((world.clock.now() - begun) / 5000);
      expect(world.profile.count('/auth/session')).toBeLessThanOrEqual(intervals);
    },
  );

  it('38: and that could not be looked at is looked at again', async () => {
    const { world, answers, auth } = await attacked();
    world.server.changePermissions(ALICE.email, ['invoices:approve']);
    answers.set('/auth/session', json({ code: 'overloaded' }, { status: 503 }));
    await world.done(auth.fetch(API));
    answers.clear();
    await world.pass(5000);
    await world.done(auth.fetch(API));
    expect(auth.can('invoices:approve')).toBe(true);
  });
});
