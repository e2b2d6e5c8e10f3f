import type { IncomingHttpHeaders } from 'node:http';
import { startSsrSite, type SsrSite } from './ssr-site';

const TOKEN = 'a-form-token';

/** The pages before a listener that writes down what reaches it, and knows nobody. */
describe('examples/ssr towards the API and the browser', () => {
  let front: SsrSite;
  let heard: { readonly path: string; readonly headers: IncomingHttpHeaders }[] = [];

  beforeAll(async () => {
    front = await startSsrSite(({ url = '', headers }, answer) => {
      heard.push({ path: url, headers });
      const isForm = url === '/auth/form-token';
      answer.writeHead(isForm ? 200 : 401, {
        'content-type': isForm ? 'application/json' : 'application/problem+json',
        ...(isForm && { 'set-cookie': '__Host-portcullis-form=new; Path=/; Secure; HttpOnly' }),
      });
      answer.end(JSON.stringify(isForm ? { formToken: TOKEN } : { code: 'unauthenticated' }));
    });
  }, 60_000);

  afterAll(() => front.close());

  beforeEach(() => {
    heard = [];
  });

  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(front.url + path, { headers, redirect: 'manual' });

  it('hands on its own cookies, who asked and with what, and nothing else', async () => {
    await ask('/login', {
      cookie: 'theme=dark; __Host-portcullis-session=s; analytics=1; __Host-portcullis-form=f',
      authorization: 'Bearer stolen',
      origin: 'http://evil.localhost',
      'user-agent': 'a browser',
      'x-csrf': '1',
      'x-internal-user': 'root',
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-host': 'evil.localhost',
    });

    expect(heard.map(({ path }) => path)).toEqual(['/auth/session', '/auth/form-token']);
    expect(heard[0]?.headers.cookie).toBe('__Host-portcullis-session=s');
    expect(heard[1]?.headers.cookie).toBe('__Host-portcullis-session=s; __Host-portcullis-form=f');
    for (const { headers } of heard) {
      expect(headers['user-agent']).toBe('a browser');
      // The API believes the last entry, which is ours.
      expect(headers['x-forwarded-for']).toMatch(/(?:^|, )127\.0\.0\.1$/);
      const names = Object.keys(headers).join(' ');
      expect(names).not.toMatch(/authorization|origin|x-csrf|x-internal|forwarded-host/);
    }
  });

  it('hands the cookie of the form on to the browser, and puts the token into the form', async () => {
    const page = await ask('/login');
    expect(page.headers.getSetCookie()).toEqual([
      '__Host-portcullis-form=new; Path=/; Secure; HttpOnly',
    ]);
    expect(await page.text()).toContain(`name="form_token" value="${TOKEN}"`);
  });

  it('CK-11: runs nothing but its own script, by a nonce that counts once, and is kept by no cache', async () => {
    const nonces = new Set<string>();
    for (const path of ['/login', '/login?error=throttled']) {
      const { headers } = await ask(path);
      const policy = headers.get('content-security-policy') ?? '';
      const nonce = /script-src 'nonce-([\w+/=]{24})'/.exec(policy)?.[1] ?? '';
      nonces.add(nonce);
      expect(policy.replace(nonce, 'N')).toBe(
        `default-src 'none'; script-src 'nonce-N'; style-src 'self'; img-src 'self' data:; ` +
          `connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; ` +
          `require-trusted-types-for 'script'; trusted-types 'none'`,
      );
      expect(headers.get('cache-control')).toBe('private, no-store');
      expect(headers.get('vary')).toMatch(/\bCookie\b/);
      expect(headers.get('referrer-policy')).toBe('same-origin');
    }
    expect(nonces.size).toBe(2);
  });

  it.each([
    ['error', '</script><script>alert(1)</script>'],
    ['error', '"><img src=x onerror=alert(1)>'],
    ['error', 'constructor'],
  ])('shows nothing of what stands in the address: %s=%s', async (name, value) => {
    const page = await (
      await ask(`/login?${new URLSearchParams({ [name]: value }).toString()}`)
    ).text();
    expect(page).toContain('You are not signed in');
    expect(page).not.toContain(value.startsWith('"') ? '"><img' : '<script>alert');
    expect(page).not.toContain('[native code]');
  });

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example/', '/%09/evil.example'])(
    'keeps no way back to elsewhere: %s',
    async (returnTo) => {
      const page = await (
        await ask(`/login?${new URLSearchParams({ returnTo }).toString()}`)
      ).text();
      expect(page).not.toContain('evil.example');
      expect(page).not.toContain('name="returnTo"');
    },
  );

  it('leads strangers from a page to the login, with the way back, and reads nothing for them', async () => {
    const answer = await ask('/invoices?status=draft');
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/login?returnTo=%2Finvoices%3Fstatus%3Ddraft');
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(heard).toEqual([]);
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])(
    'takes no %s: forms go to the API',
    async (method) => {
      expect((await fetch(`${front.url}/invoices`, { method })).status).toBe(405);
      expect(heard).toEqual([]);
    },
  );
});
