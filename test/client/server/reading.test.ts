import { createServerAuth, nextAuth, type ServerAuth } from '@portcullis/client/server';
import { AssignmentsService } from '../../../src/access/assignments.service';
import { startAuthApp, type AuthApp } from '../../support/auth-app';
import { SESSION_COOKIE, signedInPage } from '../../support/session-client';

const FORM_COOKIE = '__Host-portcullis-form';

describe('what a page reads of the API', () => {
  let app: AuthApp;
  let auth: ServerAuth;
  let asked: { readonly url: string; readonly headers: Headers }[] = [];

  beforeAll(async () => {
    app = await startAuthApp({
      structure: { forms: { loginPage: '/login', homePage: '/home' } },
    });
    auth = createServerAuth({
      baseUrl: `${app.url}/auth`,
      clientAddress: () => '198.51.100.7',
      fetch: (input, init) => {
        asked.push({ url: input as string, headers: new Headers(init?.headers) });
        return fetch(input, init);
      },
    });
  });
  afterAll(() => app.close());
  beforeEach(() => {
    asked = [];
  });

  const requestWith = (cookie: string, headers: Record<string, string> = {}) =>
    new Request('https://pages.example/page', { headers: { cookie, ...headers } });

  const cookieOf = (cookies: readonly string[], name: string) =>
    cookies.find((cookie) => cookie.startsWith(`${name}=`))?.split(';')[0] ?? '';

  it('is what the person of the session may see', async () => {
    const { accountId, page } = await signedInPage(app, 'reader');

    const answer = await auth.fetch(requestWith(page.cookieHeader()), '/things?all=1');

    expect([answer.status, await answer.json()]).toEqual([200, { by: accountId }]);
    expect(asked.map(({ url }) => url)).toEqual([`${app.url}/things?all=1`]);
  });

  it('is refused by the API, not here: a stranger, and who lacks the permission', async () => {
    const { page } = await signedInPage(app);

    const answers = [
      await auth.fetch(requestWith(''), '/things'),
      await auth.fetch(requestWith(page.cookieHeader()), '/things'),
      await auth.fetch(requestWith(''), '/things/open'),
    ];

    expect(answers.map(({ status }) => status)).toEqual([401, 403, 200]);
  });

  it('is asked for as the session is: the same headers, and the cookies of the API alone', async () => {
    const { page } = await signedInPage(app, 'reader');
    const cookie = `theme=dark; ${page.cookieHeader()}; __Host-portcullis-refresh=r; ${FORM_COOKIE}=f`;
    const request = requestWith(cookie, {
      'user-agent': 'a browser',
      authorization: 'Bearer of-another-application',
      'sec-purpose': 'prefetch',
    });

    await auth.getSession(request);
    await auth.fetch(request, '/things');

    const [session, things] = asked.map(({ headers }) => Object.fromEntries(headers));
    expect(things).toEqual({ ...session, cookie: `${session?.['cookie']}; ${FORM_COOKIE}=f` });
    expect(things).toMatchObject({
      'user-agent': 'a browser',
      'x-forwarded-for': '198.51.100.7',
      'x-auth-activity': 'background',
    });
    expect(things).not.toHaveProperty('authorization');
  });

  it('is asked for with the cookies of both presets, of which the API knows its own', async () => {
    const cookie = 'portcullis-session=s; portcullis-form=f';
    await auth.fetch(
      requestWith(`${cookie}; portcullis-refresh=r; portcullis-format=x`),
      '/things',
    );

    expect(asked.map(({ headers }) => headers.get('cookie'))).toEqual([cookie]);
  });

  it('SS-1: brings the new id of a session along, which is handed on once', async () => {
    const { accountId, email, page } = await signedInPage(app, 'writer');
    const assignments = app.nest.get(AssignmentsService, { strict: false });
    await assignments.unassign({ accountId, role: 'writer' });
    const request = requestWith(page.cookieHeader());

    // A refusal brings it as well: what the person may do is what changed.
    const answers = [await auth.fetch(request, '/things'), await auth.fetch(request, '/things')];
    await auth.getSession(request);

    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
    const cookies = auth.headers(request).getSetCookie();
    expect(new Set(cookies).size).toBe(cookies.length);
    const renewed = requestWith(cookieOf(cookies, SESSION_COOKIE));
    expect((await auth.getSession(renewed))?.user.email).toBe(email);
  });

  it('CK-9: is also what a form to sign in is made of, with the cookie that its token belongs to', async () => {
    const first = requestWith('');
    const { formToken } = (await (await auth.fetch(first, '/auth/form-token')).json()) as {
      formToken: string;
    };
    const cookie = cookieOf(auth.headers(first).getSetCookie(), FORM_COOKIE);
    const again = requestWith(cookie);
    await auth.fetch(again, '/auth/form-token');

    expect(formToken.length).toBeGreaterThan(20);
    expect(cookie).toMatch(/^__Host-portcullis-form=[\w.-]{20,}/);
    // The cookie reached the API, which makes no other one.
    expect(auth.headers(again).getSetCookie()).toEqual([]);
  });

  it('CK-9: makes every form of a page of one cookie, which the browser is yet to get', async () => {
    const request = requestWith('');
    for (let forms = 0; forms < 3; forms += 1) {
      await (await auth.fetch(request, '/auth/form-token')).body?.cancel();
    }

    const cookies = auth.headers(request).getSetCookie();
    expect(cookies).toHaveLength(1);
    expect(asked.map(({ headers }) => headers.get('cookie'))).toEqual([
      null,
      cookieOf(cookies, FORM_COOKIE),
      cookieOf(cookies, FORM_COOKIE),
    ]);
  });

  it('SS-1: asks on with the new id, so that a page is whole though the id changes twice', async () => {
    const { accountId, page } = await signedInPage(app, 'writer', 'reader');
    const assignments = app.nest.get(AssignmentsService, { strict: false });
    const request = requestWith(`theme=dark; ${page.cookieHeader()}`);
    const tab = page.copy();

    await assignments.unassign({ accountId, role: 'writer' });
    const first = await auth.fetch(request, '/things');
    await tab.get('/things');
    await assignments.assign({ accountId, role: 'writer' });
    await tab.get('/things');
    const session = await auth.getSession(request);
    const second = await auth.fetch(request, '/things');

    expect([first.status, session?.user.id, second.status]).toEqual([200, accountId, 200]);
    // What the browser gets last is what the other tab has.
    const ids = auth
      .headers(request)
      .getSetCookie()
      .filter((cookie) => cookie.startsWith(SESSION_COOKIE))
      .map((cookie) => cookie.split(';')[0]);
    expect(new Set(ids).size).toBe(2);
    expect(ids.at(-1)).toBe(`${SESSION_COOKIE}=${tab.secretId}`);
  });

  it.each([
    'things',
    '',
    '?a=1',
    '//evil.example/things',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    ' //evil.example',
    'https://evil.example/things',
    'http:evil.example',
    'javascript:alert(1)',
    '//[',
    '//user:secret@127.0.0.1/things',
  ])('SD-4: takes no cookie to another place: %j', async (path) => {
    await expect(auth.fetch(requestWith(`${SESSION_COOKIE}=secret`), path)).rejects.toThrow(
      TypeError,
    );
    expect(asked).toEqual([]);
  });

  // Encoding leaves dots as they are, and what decodes slashes on the way to the API sees them as well.
  it.each([
    `/things/${encodeURIComponent('..')}`,
    `/things/${encodeURIComponent('..')}/mine`,
    `/things/${encodeURIComponent('.')}`,
    `/things/${encodeURIComponent('../auth/sessions')}`,
    `/things/${encodeURIComponent('a/../../auth/sessions')}`,
    `/things/${encodeURIComponent('..\\auth')}`,
    `/things/${encodeURIComponent('a\\..')}`,
    '/things/../auth/sessions',
    '/things/..?all=1',
    '/things/%2e%2E/auth/sessions',
    '/things/.%2e/auth/sessions',
    '/things/..\\auth\\sessions',
    '/things/.\t./auth/sessions',
    '/things/a\r\nb',
    '/things/a\0',
    '/things/\ud800',
    '/things ',
    '/things/a#/lines',
  ])('SD-4: reads no other route than the one that was written: %j', async (path) => {
    await expect(auth.fetch(requestWith(''), path)).rejects.toThrow(TypeError);
    expect(asked).toEqual([]);
  });

  it.each([
    '/things/..a',
    '/things/...',
    '/things/a.b/.well-known',
    '/things/a%2Fb',
    '/things/%zz',
    '/things?next=/../a&b=.',
    '/things/ü',
  ])('keeps a path as it is that is none of these: %j', async (path) => {
    await (await auth.fetch(requestWith(''), path)).body?.cancel();
    expect(asked.map(({ url }) => url)).toEqual([app.url + path]);
  });

  it('is read in the manner of Next.js by the headers of the present request', async () => {
    const { accountId, page } = await signedInPage(app, 'reader');
    const next = nextAuth(auth, () => new Headers({ cookie: page.cookieHeader() }));

    expect(await (await next.fetch('/things')).json()).toEqual({ by: accountId });
  });

  it('fails as a network does where the API is away', async () => {
    const away = createServerAuth({ baseUrl: 'http://127.0.0.1:9/auth' });

    await expect(away.fetch(requestWith(''), '/things')).rejects.toMatchObject({
      code: 'network',
      retryable: true,
    });
  });
});
