import { createServerAuth, nextAuth } from '@portcullis/client/server';
import { AssignmentsService } from '../../../src/access/assignments.service';
import { startAuthApp, type AuthApp } from '../../support/auth-app';
import { SESSION_COOKIE, signedInPage } from '../../support/session-client';

describe('nextAuth', () => {
  let app: AuthApp;
  let headers: Headers;
  let next: ReturnType<typeof nextAuth>;

  beforeAll(async () => {
    app = await startAuthApp();
    next = nextAuth(createServerAuth({ baseUrl: `${app.url}/auth` }), () => headers);
  });
  afterAll(() => app.close());

  const requestWith = (cookie: string) =>
    new Request('https://pages.example/invoices', { headers: { cookie } });

  it('says who is signed in by the headers of the present request', async () => {
    const { email, page } = await signedInPage(app, 'reader');
    headers = new Headers({ cookie: page.cookieHeader() });
    expect((await next.auth())?.user.email).toBe(email);
    headers = new Headers();
    expect(await next.auth()).toBeNull();
  });

  it('leads strangers and ended sessions to the login page, and lets others pass', async () => {
    const { page } = await signedInPage(app);
    expect((await next.proxy(requestWith(page.cookieHeader()))).redirect).toBeUndefined();
    const ended = page.cookieHeader();
    await page.logout();

    for (const cookie of ['', ended]) {
      const { redirect } = await next.proxy(requestWith(cookie));
      expect([redirect?.status, redirect?.headers.get('location')]).toEqual([
        303,
        '/login?returnTo=%2Finvoices',
      ]);
    }
  });

  it.each(['/login', '/login/', '/login?returnTo=%2Finvoices'])(
    'leaves strangers on the page that it leads them to: %s',
    async (path) => {
      const { redirect } = await next.proxy(new Request(`https://pages.example${path}`));

      expect(redirect).toBeUndefined();
    },
  );

  it.each(['/login/other', '/loginx', '/LOGIN', '/', '/a/login', '//login'])(
    'leads them away from every other page: %s',
    async (path) => {
      const { redirect } = await next.proxy(new Request(`https://pages.example${path}`));

      expect(redirect?.status).toBe(303);
    },
  );

  it('SS-1: hands out the new id of a session, which is good after the old one ended', async () => {
    const { email, accountId, page } = await signedInPage(app, 'reader');
    const assignments = app.nest.get(AssignmentsService, { strict: false });
    await assignments.unassign({ accountId, role: 'reader' });

    const { redirect, setCookie } = await next.proxy(requestWith(page.cookieHeader()));
    const renewed = setCookie.find((cookie) => cookie.startsWith(SESSION_COOKIE));

    expect(redirect).toBeUndefined();
    headers = new Headers({ cookie: renewed?.split(';')[0] ?? '' });
    expect((await next.auth())?.user.email).toBe(email);
  });

  it('signs nobody out while the API is away', async () => {
    const away = nextAuth(createServerAuth({ baseUrl: 'http://127.0.0.1:9/auth' }), () => headers);
    const cookie = `${SESSION_COOKIE}=${'A'.repeat(43)}`;

    expect((await away.proxy(requestWith(cookie))).redirect).toBeUndefined();
    headers = new Headers({ cookie });
    await expect(away.auth()).rejects.toMatchObject({ code: 'network' });
  });
});
