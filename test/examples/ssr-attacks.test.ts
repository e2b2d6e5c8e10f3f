import type { ServerResponse } from 'node:http';
import { exchange, opened, statusesIn } from './raw-http';
import { startSsrSite, type SsrSite } from './ssr-site';
import { until } from './until';

const OWN = `__Host-portcullis-session=${'A'.repeat(43)}`;
const MARKUP = `</script></title><img src=x onerror=alert(1)>"'<!--\u2028`;
const AT = '2026-01-01T00:00:00.000Z';
const USER = { id: 'u', email: MARKUP, emailVerified: true, displayName: MARKUP };
const SESSION = {
  user: USER,
  session: { id: 's', generation: 1, createdAt: AT, amr: ['pwd'], authTime: AT, tenantId: null },
  roles: ['approver', MARKUP],
  permissions: ['invoices:read', 'invoices:approve', MARKUP],
  authorityVersion: 1,
};
const INVOICE = {
  id: '00000000-0000-7000-8000-000000000001',
  number: MARKUP,
  customer: MARKUP,
  amountCents: 1,
  currency: 'EUR',
  status: 'draft',
  createdBy: 'somebody else',
  createdAt: AT,
};

/** The pages before an API whose every word somebody else chose. */
describe('examples/ssr among attackers', () => {
  let front: SsrSite;
  let heard: string[] = [];
  let cookies: (string | undefined)[] = [];
  const answers = new Map<string, (response: ServerResponse) => void>();

  const json =
    (body: unknown, status = 200, headers: Record<string, string | string[]> = {}) =>
    (response: ServerResponse) =>
      void response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body));

  beforeAll(async () => {
    front = await startSsrSite(({ url = '', headers }, response) => {
      heard.push(url);
      cookies.push(headers.cookie);
      const answer = answers.get(url.split('?', 1)[0] ?? '');
      (answer ?? json({ code: 'not_found' }, 404))(response);
    });
  }, 60_000);

  afterAll(() => front.close());

  beforeEach(() => {
    heard = [];
    cookies = [];
    answers.clear();
    answers.set('/auth/session', json(SESSION));
    answers.set('/auth/form-token', json({ formToken: 'a-form-token' }));
    answers.set('/invoices', json({ items: [INVOICE], nextCursor: MARKUP }));
    answers.set(`/invoices/${INVOICE.id}`, json(INVOICE));
    answers.set(
      '/auth/sessions',
      json([{ id: 's', device: MARKUP, ip: MARKUP, createdAt: AT, lastSeenAt: AT, current: true }]),
    );
  });

  const ask = (path: string, cookie = OWN) =>
    fetch(front.url + path, { redirect: 'manual', headers: { cookie } });

  it.each(['/invoices', `/invoices/${INVOICE.id}`, '/sessions', '/account', '/nowhere'])(
    'HT-8: shows what others wrote as text: %s',
    async (path) => {
      const html = await (await ask(`${path}?error=${encodeURIComponent(MARKUP)}`)).text();
      expect(html.match(/<script[ >]/g)).toHaveLength(3);
      expect(html.match(/<\/script/g)).toHaveLength(3);
      expect(html).not.toContain('<img');
      // React parts texts by such a comment.
      expect(html.replaceAll('<!-- -->', '')).not.toContain('<!--');
      for (const [, data] of html.matchAll(/json"[^>]*>([^<]*)</g))
        expect(data).not.toContain('\u2028');
      expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    },
  );

  it.each(['/invoices/%2e', '/invoices/%2e%2e', '/invoices/..%2fauth%2fsession', '/invoices/%00'])(
    'reads no other path of the API for %s',
    async (path) => {
      const { port } = new URL(front.url);
      const said = await exchange(
        Number(port),
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${OWN}\r\nConnection: close\r\n\r\n`,
      );
      expect(statusesIn(said)).toEqual([404]);
      expect(heard).toEqual(['/auth/session', '/auth/form-token']);
    },
  );

  it.each(['/invoices/%zz', '/%', '/invoices/%ff', '/pages/%e0%a4%a'])(
    'takes %s for no outage',
    async (path) => {
      const { port } = new URL(front.url);
      const said = await exchange(
        Number(port),
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${OWN}\r\nConnection: close\r\n\r\n`,
      );
      expect(statusesIn(said)[0]).toBeLessThan(500);
      expect(said).not.toMatch(/^retry-after/im);
    },
  );

  it.each(['/auth/form-token', '/invoices'])(
    'tells when to come back as the API says it: %s',
    async (route) => {
      answers.set(route, json({ code: 'throttled' }, 429, { 'retry-after': '17' }));
      const answer = await ask('/invoices');

      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '17']);
    },
  );

  it.each([
    '//evil.example/invoices',
    '//evil.example',
    'http://evil.example/invoices',
    '/\\evil.example',
    '/pages/\\evil.example',
    '/pages//evil.example',
    '/pages/..%2f..%2fevil',
    '/pages/login?returnTo=//evil.example',
    '/pages/%0d%0aset-cookie:a=b',
  ])('LG-15: leads nobody elsewhere from %s', async (target) => {
    const { port } = new URL(front.url);
    const said = await exchange(
      Number(port),
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    const location = /^location: (.*)\r$/im.exec(said)?.[1] ?? '/';
    expect(location).toMatch(/^\/(?![\\/])/);
    expect(new URL(location, 'http://localhost').origin).toBe('http://localhost');
    expect(said).not.toMatch(/^set-cookie: a=b/im);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/.//evil.example',
    '%2f%2fevil',
  ])('LG-15: leads nobody who is signed in from the login page to %s', async (returnTo) => {
    const query = new URLSearchParams({ returnTo }).toString();
    for (const path of ['/login', '/pages/login']) {
      let answer = await ask(`${path}?${query}`);
      if (path !== '/login') answer = await ask(answer.headers.get('location') ?? '');
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/invoices']);
    }
  });

  it('FS-3: outlives visitors who go away while the API is asked', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', note).on('uncaughtException', note);
    const port = Number(new URL(front.url).port);
    for (const path of ['/auth/session', '/auth/form-token', '/invoices']) {
      let held: ServerResponse | undefined;
      const before = answers.get(path)!;
      answers.set(path, (response) => void (held = response));
      const socket = await opened(
        port,
        `GET /invoices HTTP/1.1\r\nHost: localhost\r\nCookie: ${OWN}\r\n\r\n`,
      );
      await until(
        () => held !== undefined,
        () => `${path} was not asked for`,
      );
      socket.resetAndDestroy();
      before(held!);
      answers.set(path, before);
    }
    expect((await ask('/invoices')).status).toBe(200);
    process.off('unhandledRejection', note).off('uncaughtException', note);
    expect(unhandled).toEqual([]);
  });

  it('CK-5: believes no cookie that only looks like ours', async () => {
    const names = ['\u00a0__Host-portcullis-session', '__host-portcullis-session'];
    const planted = names.map((name) => `${name}=planted`).join('; ');
    const { port } = new URL(front.url);
    await exchange(
      Number(port),
      `GET /login HTTP/1.1\r\nHost: localhost\r\nCookie: ${planted}; \u00a0__Host-portcullis-form=x\r\n` +
        'Connection: close\r\n\r\n',
    );
    expect(heard).toEqual(['/auth/form-token']);
    expect(cookies.join()).not.toContain('planted');
    expect(cookies.join()).not.toContain('form=x');
  });

  it('CK-1: hands the browser no cookie of a balancer', async () => {
    const form = '__Host-portcullis-form=new; Path=/; Secure; HttpOnly';
    const headers = { 'set-cookie': [form, 'AWSALB=x; Path=/', 'a=b; Domain=example'] };
    answers.set('/auth/form-token', json({ formToken: 't' }, 200, headers));
    expect((await ask('/login', '')).headers.getSetCookie()).toEqual([form]);
  });

  it.each([
    ['refuses', (response: ServerResponse) => void response.writeHead(500).end()],
    [
      'redirects',
      (response: ServerResponse) => void response.writeHead(302, { location: '/x' }).end(),
    ],
    ['says HTML', (response: ServerResponse) => void response.end('<h1>Hello</h1>')],
    ['breaks off', (response: ServerResponse) => void response.destroy()],
    ['says nothing of what was asked', json({})],
    ['says null', json(null)],
  ])('FS-3, SS-11: an API that %s is away, for everybody alike', async (_how, answer) => {
    for (const path of ['/auth/session', '/auth/form-token', '/invoices']) {
      answers
        .set('/auth/session', json(SESSION))
        .set('/invoices', json({ items: [], nextCursor: null }));
      answers.set('/auth/form-token', json({ formToken: 't' }));
      answers.set(path, answer);
      const { status, headers } = await ask('/invoices');
      expect([200, 503]).toContain(status);
      expect(headers.get('cache-control')).toBe('private, no-store');
      expect(headers.get('vary')).toContain('Cookie');
    }
  });

  it('carries the reason of a refused form into the page once, and not into the next form', async () => {
    const html = await (await ask('/invoices?status=draft&error=conflict')).text();
    expect(html).toContain('Somebody was faster');
    expect(html).toContain('role="alert"');
    expect(html).toContain('name="returnTo" value="/invoices?status=draft"');
    expect(html).not.toContain('error=conflict');
  });

  it('CK-11: forbids frames, sniffing and foreign forms on what it refuses, too', async () => {
    answers.set('/auth/session', json({}, 500));
    for (const answer of [
      await ask('/account'),
      await ask('/nowhere', ''),
      await ask('/forget.css'),
    ]) {
      const policy = answer.headers.get('content-security-policy');
      expect(policy).toContain(`frame-ancestors 'none'`);
      expect(policy).toContain(`form-action 'self'`);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});
