import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AuthError,
  createServerAuth,
  type ServerAuth,
  type ServerAuthOptions,
} from '@portcullis/client/server';
import { AssignmentsService } from '../../../src/access/assignments.service';
import { ageSession } from '../../support/aged-sessions';
import { startAuthApp, type AuthApp } from '../../support/auth-app';
import { SESSION_COOKIE, signedInPage } from '../../support/session-client';

describe('the session of a request, on a server that renders pages', () => {
  let app: AuthApp;
  let auth: ServerAuth;

  beforeAll(async () => {
    app = await startAuthApp();
    auth = createServerAuth({ baseUrl: `${app.url}/auth` });
  });
  afterAll(() => app.close());

  const requestWith = (cookie: string, path = '/page', init: RequestInit = {}) =>
    new Request(`https://pages.example${path}`, { ...init, headers: { cookie, ...init.headers } });

  const stateOf = async (sessionId: string) => {
    const [row] = await app.sql<object>(
      'SELECT counter, rotated_at, idle_expires_at, last_seen_at FROM auth.sessions WHERE id = $1',
      [sessionId],
    );
    return row;
  };

  it('says who is signed in, without a token or a secret', async () => {
    const { email, accountId, page } = await signedInPage(app, 'reader');

    const session = await auth.getSession(requestWith(page.cookieHeader()));

    expect(session).toMatchObject({
      user: { id: accountId, email },
      session: { id: page.sessionId, amr: ['pwd'] },
      roles: ['reader'],
      permissions: ['things:read'],
    });
    expect(JSON.stringify(session)).not.toContain(page.secretId);
  });

  it('only reads: no cookie, no other generation, and the row stays as it is', async () => {
    const { page } = await signedInPage(app, 'reader');
    const before = await stateOf(page.sessionId);
    const request = requestWith(page.cookieHeader());

    await auth.getSession(request);

    expect(auth.headers(request).getSetCookie()).toEqual([]);
    expect(await stateOf(page.sessionId)).toEqual(before);
  });

  it('SS-1: hands on the new id that a session got because somebody changed what it may do', async () => {
    const { accountId, page } = await signedInPage(app, 'reader');
    const assignments = app.nest.get(AssignmentsService, { strict: false });
    await assignments.unassign({ accountId, role: 'reader' });
    const request = requestWith(page.cookieHeader());
    await auth.getSession(request);

    const cookies = auth.headers(request).getSetCookie();

    const renewed = cookies.find((cookie) => cookie.startsWith(`${SESSION_COOKIE}=`));
    expect(renewed).toMatch(/HttpOnly/);
    const next = requestWith(renewed!.split(';')[0]!);
    expect((await auth.getSession(next))?.user.id).toBe(accountId);
  });

  it('asks once for each request object, and not at all without a cookie of a session', async () => {
    const asked: string[] = [];
    const counting = createServerAuth({
      baseUrl: `${app.url}/auth/`,
      fetch: (input, init) => {
        asked.push(input as string);
        return fetch(input, init);
      },
    });
    const { page } = await signedInPage(app);
    const request = requestWith(page.cookieHeader());

    const [one, other] = await Promise.all([
      counting.getSession(request),
      counting.getSession(request),
    ]);
    expect(await counting.getSession(requestWith('theme=dark; xportcullis-session=1'))).toBeNull();

    expect(one).toBe(other);
    expect(asked).toEqual([`${app.url}/auth/session`]);
  });

  it.each(['session_expired', 'session_revoked', 'account_disabled'])(
    'takes %s for nobody, and not for a failure',
    async (code) => {
      const { accountId, page } = await signedInPage(app);
      if (code === 'session_expired') await ageSession(app, page.sessionId, 40 * 86_400);
      else if (code === 'session_revoked') await page.logout();
      else await app.sql(`UPDATE auth.accounts SET status = 'disabled' WHERE id = $1`, [accountId]);
      const cookie = `${SESSION_COOKIE}=${page.secretId || 'A'.repeat(43)}`;

      expect(await auth.getSession(requestWith(cookie))).toBeNull();
    },
  );

  it('CK-5: takes two cookies of one name for nobody', async () => {
    const { page } = await signedInPage(app);
    const twice = `${SESSION_COOKIE}=${'A'.repeat(43)}; ${page.cookieHeader()}`;

    expect(await auth.getSession(requestWith(twice))).toBeNull();
  });

  it('CK-5, SS-9: believes no session under the name of the other preset, which a neighbour can plant', async () => {
    const [own, attacker] = [await signedInPage(app), await signedInPage(app)];
    const planted = `portcullis-session=${attacker.page.secretId}`;

    expect(await auth.getSession(requestWith(planted))).toBeNull();
    for (const cookie of [
      `${planted}; ${own.page.cookieHeader()}`,
      `${own.page.cookieHeader()}; ${planted}`,
    ]) {
      expect((await auth.getSession(requestWith(cookie)))?.user.email).toBe(own.email);
    }
  });

  it('SS-9: mixes nobody up who asks at the same time', async () => {
    const people = [await signedInPage(app), await signedInPage(app), await signedInPage(app)];
    const asked = Array.from({ length: 60 }, (_, index) => people[index % people.length]!);

    const read = await Promise.all(
      asked.map(({ page }) => auth.getSession(requestWith(page.cookieHeader()))),
    );

    expect(read.map((session) => session?.user.email)).toEqual(asked.map(({ email }) => email));
  });

  it('tells nobody from an API that is away', async () => {
    const { page } = await signedInPage(app);
    const away = createServerAuth({ baseUrl: 'http://127.0.0.1:9/auth' });
    const request = requestWith(page.cookieHeader());

    await expect(away.getSession(request)).rejects.toMatchObject({
      code: 'network',
      retryable: true,
    });
    const refusal = await away
      .requireSession(request)
      .catch((thrown: unknown) => thrown as Response);
    expect((refusal as Response).status).toBe(503);
    expect((refusal as Response).headers.get('retry-after')).toBe('1');
  });

  describe('a page that demands a session', () => {
    const refusalOf = async (request: Request, permission?: string) =>
      auth.requireSession(request, permission === undefined ? {} : { permission }).then(
        () => undefined,
        (thrown: unknown) => thrown as Response,
      );

    it('gets it with the permission, and 403 without', async () => {
      const { page } = await signedInPage(app, 'reader');
      const cookie = page.cookieHeader();

      expect(await refusalOf(requestWith(cookie), 'things:read')).toBeUndefined();
      expect((await refusalOf(requestWith(cookie), 'things:write'))?.status).toBe(403);
    });

    it('sends others to the login page, which leads back', async () => {
      const refusal = await refusalOf(requestWith('', '/invoices?page=2&q=%20x'));

      expect(refusal?.status).toBe(303);
      expect(refusal?.headers.get('location')).toBe(
        `/login?${new URLSearchParams({ returnTo: '/invoices?page=2&q=%20x' }).toString()}`,
      );
      expect(refusal?.headers.get('cache-control')).toBe('private, no-store');
    });

    it.each(['//evil.example/x', '/%5cevil.example', '/a%0d%0aset-cookie:x=1', '/\t/evil.example'])(
      'leads back to nowhere but its own origin: %j',
      async (path) => {
        const refusal = await refusalOf(requestWith('', path));
        const location = new URL(refusal?.headers.get('location') ?? '', 'https://pages.example');
        const returnTo = location.searchParams.get('returnTo') ?? '/';

        expect(location.origin).toBe('https://pages.example');
        expect(new URL(returnTo, 'https://pages.example').origin).toBe('https://pages.example');
      },
    );

    it('does not lead back to what was no page', async () => {
      const refusal = await refusalOf(requestWith('', '/invoices/1/approve', { method: 'POST' }));

      expect(refusal?.headers.get('location')).toBe('/login');
    });
  });

  it('SS-11: keeps caches from storing the page, and tells them what it depends on', () => {
    const headers = auth.headers(requestWith(''), new Headers({ vary: 'Accept' }));

    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(headers.get('vary')).toBe('Accept, Cookie');
  });

  it('refuses a base that is not absolute', () => {
    expect(() => createServerAuth({ baseUrl: '/auth' })).toThrow(
      'baseUrl: "/auth" must be absolute',
    );
  });

  it.each(['cookie', 'Authorization', 'x-forwarded-for', 'X-Auth-Activity'])(
    'refuses to hand %s on as it came',
    (name) => {
      expect(() => createServerAuth({ baseUrl: app.url, forward: ['user-agent', name] })).toThrow(
        `forward: "${name}"`,
      );
    },
  );

  it('hands an initial state to the browser that says no more than a session', async () => {
    const { page } = await signedInPage(app, 'reader');
    const session = await auth.getSession(requestWith(page.cookieHeader()));

    const state = auth.initialState(session);

    expect(state).toMatchObject({ status: 'authenticated', roles: ['reader'] });
    expect(Object.keys(state).sort()).toEqual(
      ['authorityVersion', 'permissions', 'roles', 'session', 'status', 'user'].sort(),
    );
    expect(auth.initialState(null)).toEqual({ status: 'anonymous', reason: 'never' });
  });
});

describe('what the API is asked with', () => {
  let api: Server;
  let asked: IncomingMessage['headers'][] = [];
  let answer: { status: number; type: string; body: string };

  beforeAll(async () => {
    api = createServer((request, response) => {
      asked.push(request.headers);
      response.writeHead(answer.status, { 'content-type': answer.type, location: '/elsewhere' });
      response.end(answer.body);
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => api.close());
  beforeEach(() => {
    asked = [];
    answer = {
      status: 401,
      type: 'application/problem+json',
      body: '{"code":"unauthenticated"}',
    };
  });

  const ask = (headers: Record<string, string>, options: Partial<ServerAuthOptions> = {}) =>
    createServerAuth({
      baseUrl: `http://127.0.0.1:${(api.address() as AddressInfo).port}/auth`,
      ...options,
    }).getSession(new Request('https://pages.example/', { headers }));

  const COOKIE = '__Host-portcullis-session=secret';

  it('gives it no cookie of another purpose and no other credential', async () => {
    await ask({
      cookie: `theme=dark; ${COOKIE}; __Host-portcullis-refresh=r; other-app=token`,
      authorization: 'Bearer of-another-application',
    });

    expect(asked[0]?.cookie).toBe(COOKIE);
    expect(asked[0]).not.toHaveProperty('authorization');
  });

  it('appends the address to what proxies before said, and says nothing where it knows none', async () => {
    const headers = { cookie: COOKIE, 'x-forwarded-for': '203.0.113.9' };
    await ask(headers);
    await ask(headers, { clientAddress: () => '198.51.100.7' });

    expect(asked[0]).not.toHaveProperty('x-forwarded-for');
    expect(asked[1]?.['x-forwarded-for']).toBe('203.0.113.9, 198.51.100.7');
  });

  it('says that nobody is there when the browser fetches a page ahead', async () => {
    await ask({ cookie: COOKIE, 'sec-purpose': 'prefetch;prerender' });
    await ask({ cookie: COOKIE, purpose: 'prefetch' });
    await ask({ cookie: COOKIE, 'next-router-prefetch': '1' });
    await ask({ cookie: COOKIE });

    expect(asked.map((headers) => headers['x-auth-activity'])).toEqual([
      ...Array<string>(3).fill('background'),
      undefined,
    ]);
  });

  it.each([
    ['a proxy’s page', { status: 200, type: 'text/html', body: '<h1>Sign in</h1>' }, 'protocol'],
    ['a redirect', { status: 302, type: 'text/html', body: '' }, 'protocol'],
    [
      'an overloaded API',
      { status: 503, type: 'application/problem+json', body: '{"code":"overloaded"}' },
      'overloaded',
    ],
    [
      'a throttled server',
      { status: 429, type: 'application/problem+json', body: '{"code":"throttled"}' },
      'throttled',
    ],
    [
      'something else of JSON',
      { status: 200, type: 'application/json', body: '{"user":1}' },
      'protocol',
    ],
  ])('does not take %s for nobody', async (_what, said, code) => {
    answer = said;

    const failure = await ask({ cookie: COOKIE }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(AuthError);
    expect(failure).toMatchObject({ code });
  });
});
