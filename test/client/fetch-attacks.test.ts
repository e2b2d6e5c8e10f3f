import { AuthError, createAuthClient, type AuthClient } from '@portcullis/client';
import { ALICE, BOB, World } from './client-world';

const ORIGIN = 'https://app.example.org';
const API_ORIGIN = 'https://api.example.org';
const INVALID = { 'www-authenticate': 'Bearer error="invalid_token"' };
const STEP_UP = { 'www-authenticate': 'Bearer error="insufficient_user_authentication"' };

interface Sent {
  readonly url: string;
  readonly authorization: string | null;
  readonly csrf: string | null;
  readonly cookies: string;
}

/** Somebody signed in, and everything that leaves the browser beside the routes of the server. */
async function watched(answer: (request: Request) => Response | undefined = () => undefined) {
  const sent: Sent[] = [];
  const world: World = new World({
    server: async (request, jar) => {
      if (new URL(request.url).pathname.startsWith('/auth/'))
        return world.server.handle(request, jar);
      sent.push({
        url: request.url,
        authorization: request.headers.get('authorization'),
        csrf: request.headers.get('x-csrf'),
        cookies: request.credentials,
      });
      return answer(request) ?? new Response('{}');
    },
  });
  const { browser } = world.profile.openTab();
  const auth = createAuthClient({
    browser,
    allowedOrigins: [API_ORIGIN, 'https://odd.example.org/'],
  });
  await world.done(auth.start());
  await world.done(auth.login(ALICE));
  return { world, auth, sent, token: `Bearer ${await auth.getAccessToken()}` };
}

async function tryTo(
  world: World,
  auth: AuthClient,
  input: string | URL | Request,
  init?: RequestInit,
) {
  return world.done(auth.fetch(input, init).catch((error: unknown) => error));
}

describe('the credential goes to the origins that may have it', () => {
  it.each([
    ['/a'],
    ['a'],
    ['https://app.example.org/a'],
    ['HTTPS://APP.EXAMPLE.ORG/a'],
    ['https://app.example.org:443/a'],
    ['\\a'],
    ['https:a'],
    ['https://api.example.org'],
    ['https://api.example.org:0443/a'],
    ['https://%61pi.example.org/a'],
    [new URL('https://api.example.org/a')],
    [new Request('https://api.example.org/a')],
  ])('SD-4: %s', async (input) => {
    const { world, auth, sent, token } = await watched();
    await tryTo(world, auth, input);
    expect(sent).toMatchObject([{ authorization: token, csrf: '1' }]);
  });
});

describe('the credential goes to no other origin', () => {
  /** As text, as URL and as Request, where it can be that. */
  const FOREIGN = [
    '//evil.example/a',
    '\\\\evil.example/a',
    '/\\evil.example/a',
    '\t//evil.example',
    'https://evil.example/',
    'http://app.example.org/',
    'http://api.example.org/',
    'https://app.example.org:8443/',
    'https://api.example.org:80/',
    'https://api.example.org.evil.example/',
    'https://xapi.example.org/',
    'https://sub.api.example.org/',
    'https://example.org/',
    'https://api.example.org./',
    'https://evil.example#@api.example.org/',
    'https://evil.example?https://api.example.org/',
    'https://evil.example\\@api.example.org/',
    'https://[::1]/',
    'https://[::ffff:7f00:1]/',
    'https://127.1/',
    'https://аpi.example.org/',
    'https://api。evil.example/',
    'https://odd.example.org/',
    'data:text/plain,https://api.example.org/',
    'blob:https://evil.example/1',
    'blob:null/1',
    'about:blank',
  ];

  it.each(FOREIGN)('SD-4: %j', async (address) => {
    const { world, auth, sent } = await watched();
    const forms = [address, new URL(address, ORIGIN), new Request(new URL(address, ORIGIN))];
    for (const form of forms) await tryTo(world, auth, form);
    expect(sent.length).toBeGreaterThan(0);
    for (const one of sent) expect(one).toMatchObject({ authorization: null, csrf: null });
    expect(new Set(sent.map(({ cookies }) => cookies))).toEqual(new Set(['same-origin']));
  });

  it.each([
    'https://api@evil.example/',
    'https://api.example.org@evil.example/',
    'https://a:b@api.example.org/',
  ])('SD-4: %s is refused as a whole', async (address) => {
    const { world, auth, sent } = await watched();
    expect(await tryTo(world, auth, address)).toMatchObject({ name: 'TypeError' });
    expect(sent).toEqual([]);
  });

  it('SD-4: a request whose address lies is judged by where it really goes', async () => {
    const { world, auth, sent } = await watched();
    const liar = new Request('https://evil.example/a');
    Object.defineProperty(liar, 'url', { value: `${API_ORIGIN}/a` });
    await tryTo(world, auth, liar);
    const proxy = {
      toString: () => 'https://evil.example/b',
      url: `${API_ORIGIN}/b`,
      href: API_ORIGIN,
    };
    await tryTo(world, auth, proxy as object as URL);
    expect(sent).toMatchObject([
      { url: 'https://evil.example/a', authorization: null },
      { url: 'https://evil.example/b', authorization: null },
    ]);
  });

  it('SD-4: an address that changes while it is read is read once', async () => {
    const answers = [`${API_ORIGIN}/a`, 'https://evil.example/a'];
    const { world, auth, sent } = await watched();
    await tryTo(world, auth, { toString: () => answers.shift() } as URL);
    expect(sent.map(({ url }) => url)).toEqual([`${API_ORIGIN}/a`]);
  });

  it('what the caller sends along is the caller’s own, elsewhere and here', async () => {
    const { world, auth, sent, token } = await watched();
    const init = { headers: { authorization: 'Basic eA==' } };
    await tryTo(world, auth, 'https://evil.example/', init);
    await tryTo(world, auth, '/a', init);
    await world.done(auth.logout());
    await tryTo(world, auth, '/a', init);
    expect(sent.map(({ authorization }) => authorization)).toEqual([
      'Basic eA==',
      token,
      'Basic eA==',
    ]);
  });
});

describe('the cookies of a request', () => {
  it('SD-4: are the caller’s affair beside a token, and go along where they carry the session', async () => {
    const { world, auth, sent } = await watched();
    await tryTo(world, auth, `${API_ORIGIN}/a`);
    await tryTo(world, auth, `${API_ORIGIN}/a`, { credentials: 'omit' });
    await world.done(auth.logout());
    await tryTo(world, auth, `${API_ORIGIN}/a`);
    expect(sent.map(({ cookies }) => cookies)).toEqual(['same-origin', 'omit', 'include']);
  });
});

describe('what an answer complains of', () => {
  it.each([
    ['Bearer error="invalid_token"', 401, 2],
    ['Bearer error=invalid_token', 401, 2],
    ['bearer realm="a", ERROR="invalid_token"', 401, 2],
    ['Bearer x_error="invalid_token"', 401, 1],
    ['Bearer error="insufficient_scope"', 401, 1],
    ['Bearer error="invalid_token"', 403, 1],
    ['Bearer error="invalid_token"', 400, 1],
    ['Bearer error="invalid_token"', 200, 1],
  ])(
    '27: is read as RFC 6750 has it: %s with status %i is sent %i times',
    async (challenge, status, times) => {
      const answers = [new Response('', { status, headers: { 'www-authenticate': challenge } })];
      const { world, auth, sent } = await watched(() => answers.shift());
      await tryTo(world, auth, '/a');
      expect([sent.length, world.refreshes]).toEqual([times, times - 1]);
    },
  );

  it.each([200, 400, 404])('39: asks nobody for a step-up with status %i', async (status) => {
    const { world, auth, sent } = await watched(
      () => new Response('', { status, headers: STEP_UP }),
    );
    const ask = jest.fn(() => Promise.resolve());
    auth.onStepUp(ask);
    expect(await tryTo(world, auth, '/a')).toMatchObject({ status });
    expect([sent.length, ask.mock.calls.length]).toEqual([1, 0]);
  });
});

/** An answer from where a redirect led. */
function answerFrom(url: string, init: ResponseInit): Response {
  return Object.defineProperties(new Response('', init), {
    url: { value: url },
    redirected: { value: true },
  });
}

describe('an answer of another origin, where a redirect led', () => {
  it.each([
    ['that refuses the token', { status: 401, headers: INVALID }],
    ['that wants a step-up', { status: 403, headers: STEP_UP }],
    ['that speaks of the authority', { status: 200, headers: { 'x-authority-version': '99' } }],
  ])('SD-4: %s is handed through, and nobody is asked or sent anything', async (_what, init) => {
    const { world, auth, sent } = await watched(() => answerFrom('https://evil.example/b', init));
    const ask = jest.fn(() => Promise.resolve());
    auth.onStepUp(ask);
    world.profile.requests.length = 0;
    expect(await tryTo(world, auth, '/a')).toMatchObject({ status: init.status });
    expect([sent.length, ask.mock.calls.length]).toEqual([1, 0]);
    expect(world.profile.requests).toEqual(['GET /a']);
  });

  it('is one of ours where it stayed within the origins that may have the token', async () => {
    const answers = [answerFrom(`${API_ORIGIN}/b`, { status: 401, headers: INVALID })];
    const { world, auth, sent } = await watched(() => answers.shift());
    expect(await tryTo(world, auth, '/a')).toMatchObject({ status: 200 });
    expect([sent.length, world.refreshes]).toEqual([2, 1]);
  });
});

describe('a request of one person', () => {
  it('36, SD-9: is not sent with the token of the next, who signs in as it sets out', async () => {
    const { world, auth, sent } = await watched();
    // The very turn in which the token is on its way.
    const outgoing = tryTo(world, auth, '/a', { method: 'POST' });
    await world.done(auth.login(BOB));
    const result = await outgoing;
    if (result instanceof AuthError) expect(result.code).toBe('superseded');
    const { authorization } = sent[0] ?? {};
    expect(authorization).not.toBe(`Bearer ${await auth.getAccessToken()}`);
  });

  it.each(Array.from({ length: 12 }, (_, turns) => turns))(
    '36, SD-9: is not sent again as the next, who signs in %i turns after it set out',
    async (turns) => {
      const refusals = [new Response('', { status: 401, headers: INVALID })];
      const { world, auth, sent } = await watched(() => refusals.shift());
      const other = await world.open();
      await world.done(other.auth.login(BOB));
      await world.done(auth.login(ALICE));
      await world.pass(10_000);
      sent.length = 0;
      const outgoing = auth.fetch('/a', { method: 'POST' }).catch((error: unknown) => error);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      const coming = other.auth.login(BOB);
      await world.done(coming);
      await world.done(outgoing);
      await world.pass(10_000);
      expect(auth.user?.email).toBe(BOB.email);
      const bobs = `Bearer ${await auth.getAccessToken()}`;
      expect(sent.filter(({ authorization }) => authorization === bobs)).toEqual([]);
    },
  );

  it('36, SD-9: is not kept for the next while the page goes on finding out who was there', async () => {
    const world = new World({ without: ['channel'] });
    const { auth } = await world.open();
    world.server.openSession(ALICE.email, 'before');
    world.profile.jar.set('__Host-portcullis-hint', 'session-1.0.1');
    const page = createAuthClient({ browser: world.profile.openTab().browser });
    await world.delayed('/auth/refresh', 4000, async () => {
      void page.start();
      await world.pass(100);
      await world.done(page.login(ALICE));
      const sent = page.fetch('/a', { method: 'POST' }).then((answer) => answer.json());
      expect(await world.done(sent)).toEqual({ by: ALICE.email });
    });
    auth.dispose();
  });

  it('is sent once it is known who is there, with one request for the token', async () => {
    const { world, auth, sent } = await watched();
    auth.dispose();
    await world.pass(10_000);
    const later = createAuthClient({ browser: world.profile.openTab().browser });
    world.profile.requests.length = 0;
    void later.start();
    expect(await tryTo(world, later, '/a')).toMatchObject({ status: 200 });
    expect(sent).toMatchObject([{ authorization: `Bearer ${await later.getAccessToken()}` }]);
    expect(world.profile.requests).toEqual(['POST /auth/refresh', 'GET /a']);
  });
});
