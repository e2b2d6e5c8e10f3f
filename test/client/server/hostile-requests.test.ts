import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { createServerAuth, type ServerAuthOptions } from '@portcullis/client/server';

const COOKIE = '__Host-portcullis-session';
const OWN = `${COOKIE}=${'A'.repeat(43)}`;

/** What an attacker can make a browser send to the server of the pages, or send to it themselves. */
describe('a request for a page', () => {
  let api: Server;
  let asked: IncomingHttpHeaders[] = [];

  beforeAll(async () => {
    api = createServer((request, response) => {
      asked.push(request.headers);
      response.writeHead(401, { 'content-type': 'application/problem+json' });
      response.end('{"code":"unauthenticated"}');
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => api.close());
  beforeEach(() => {
    asked = [];
  });

  const authOf = (options: Partial<ServerAuthOptions> = {}) =>
    createServerAuth({
      baseUrl: `http://127.0.0.1:${(api.address() as AddressInfo).port}/auth`,
      ...options,
    });

  const ask = (headers: Record<string, string>, options: Partial<ServerAuthOptions> = {}) =>
    authOf(options).getSession(new Request('https://pages.example/', { headers }));

  // A neighbouring host may set each of them for all of the domain; browsers check the prefix byte by byte.
  it.each([
    `\u00a0${COOKIE}=planted`,
    `\u00a0\t ${COOKIE}=planted`,
    `${COOKIE}\u00a0=planted`,
    `${COOKIE} =planted`,
    `__host-portcullis-session=planted`,
    `__HOST-PORTCULLIS-SESSION=planted`,
    `=${COOKIE}=planted`,
    `$Version=1, ${COOKIE}=planted`,
    `x${COOKIE}=planted`,
    `${COOKIE}s=planted`,
    `a="; ${COOKIE}"=planted`,
    COOKIE,
  ])('CK-5: takes nothing that only looks like the cookie of a session: %j', async (cookie) => {
    await ask({ cookie });
    expect(asked).toEqual([]);
    await ask({ cookie: `${cookie}; ${OWN}` });
    expect(asked.map((headers) => headers.cookie)).toEqual([OWN]);
  });

  it('CK-5: hands on both where the cookie came twice, and lets the API refuse', async () => {
    await ask({ cookie: `${OWN}; theme=dark; ${COOKIE}=planted` });
    expect(asked.map((headers) => headers.cookie)).toEqual([`${OWN}; ${COOKIE}=planted`]);
  });

  it('CK-5: gives the API no other cookie, whatever the browser holds', async () => {
    const text = fc.string({ unit: fc.constantFrom(...' \t;=,"\\$_-aP\u00a0\u00ff'.split('')) });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 6 }), async (others) => {
        asked = [];
        await ask({ cookie: [...others, OWN].join(';') });
        expect(asked.map((headers) => headers.cookie)).toEqual([OWN]);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    'authorization',
    'Proxy-Authorization',
    'Forwarded',
    'X-Forwarded-For',
    'x-forwarded-host',
    'x-forwarded-proto',
    'X-Real-IP',
    'Host',
    'content-length',
    'Content-Type',
    'transfer-encoding',
    'connection',
    'keep-alive',
    'proxy-connection',
    'te',
    'trailer',
    'Upgrade',
    'expect',
    'Origin',
    'x-csrf',
    'sec-fetch-site',
    'cookie',
    'x-auth-activity',
    'x-auth-attempt',
    'accept',
    'accept-encoding',
    'if-none-match',
    'range',
    'a name',
    '',
  ])('refuses at the start to hand %j on as it came', (name) => {
    expect(() => authOf({ forward: ['user-agent', name] })).toThrow(`forward: "${name}"`);
  });

  it('hands on what is asked for', async () => {
    await ask({ cookie: OWN, 'x-request-id': 'r-1' }, { forward: ['X-Request-Id'] });
    expect(asked[0]).toMatchObject({ 'x-request-id': 'r-1' });
  });

  // Each entry counts as one proxy, so that a list would let whoever wrote it choose who called.
  it.each([
    '203.0.113.1, 198.51.100.1',
    '198.51.100.1,',
    '198.51.100.1\r\nx-injected: 1',
    '198.51.100.1\0',
    'for=198.51.100.1;by=x',
    'unknown',
    'fe80::1%eth0, 1',
    ' ',
    '',
    '1'.repeat(1000),
  ])('LG-5: says nothing of an address that is none: %j', async (address) => {
    const headers = { cookie: OWN, 'x-forwarded-for': '203.0.113.66' };
    await ask(headers, { clientAddress: () => address });
    expect(asked).toHaveLength(1);
    expect(asked[0]).not.toHaveProperty('x-forwarded-for');
    expect(asked[0]).not.toHaveProperty('x-injected');
  });

  it.each(['198.51.100.1', '2001:db8::1', 'fe80::1%eth0', '[2001:db8::1]:443', '198.51.100.1:81'])(
    'LG-5: says an address that the API can read: %j',
    async (address) => {
      await ask({ cookie: OWN }, { clientAddress: () => address });
      expect(asked[0]?.['x-forwarded-for']).toBe(address);
    },
  );

  it('keeps apart what it read for requests that are alike', async () => {
    const answers = ['ada', 'bob'];
    const auth = authOf({
      fetch: () => {
        const id = answers.shift();
        return Promise.resolve(
          Response.json({
            user: { id, email: `${id}@example.test` },
            session: { id, generation: 1, authTime: '2026-01-01T00:00:00.000Z' },
            roles: [],
            permissions: [],
            authorityVersion: 1,
          }),
        );
      },
    });
    const make = () => new Request('https://pages.example/', { headers: { cookie: OWN } });
    const [first, second] = [make(), make()];
    const read = [await auth.getSession(first), await auth.getSession(second)];
    expect(read.map((session) => session?.user.id)).toEqual(['ada', 'bob']);
    expect((await auth.getSession(first))?.user.id).toBe('ada');
    expect(auth.cookies(make())).toEqual([]);
  });

  it.each([
    '//evil.example/x',
    '/.//evil.example',
    '/%5cevil.example',
    '/\\evil.example',
    '/a%0d%0aset-cookie:x=1',
    '/\t/evil.example',
    '/@evil.example',
    `/${'a'.repeat(5000)}`,
    '/?next=//evil.example',
    '/x?%0d%0aSet-Cookie:%20a=b',
  ])('leads from the login page to a page of its own origin alone: %j', async (path) => {
    for (const method of ['GET', 'HEAD']) {
      const request = new Request(`https://pages.example${path}`, { method });
      const refusal = await authOf()
        .requireSession(request)
        .catch((thrown: unknown) => thrown);
      const location = (refusal as Response).headers.get('location') ?? '';
      expect(location).toMatch(/^\/login(?:\?returnTo=[\w%.*+-]+)?$/);
      expect(location.length).toBeLessThan(8192);
      const { searchParams } = new URL(location, 'https://pages.example');
      const returnTo = searchParams.get('returnTo') ?? '/';
      expect(new URL(returnTo, 'https://pages.example').origin).toBe('https://pages.example');
    }
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'leads back to no %s, which the browser would make a GET of',
    (method) => {
      const request = new Request('https://pages.example/invoices/1/approve', { method });
      expect(authOf().loginUrl(request)).toBe('/login');
    },
  );

  it.each([
    '/auth',
    'ftp://api.internal/auth',
    'http://',
    'http://user:secret@api.internal/auth',
    'http://api.internal/auth?x=',
    'http://api.internal/auth#x',
    'http://api.internal/auth/../admin',
    'http://api.internal/auth/%2e%2e/admin',
  ])('refuses at the start a base that is not what is asked: %j', (baseUrl) => {
    expect(() => createServerAuth({ baseUrl })).toThrow(/^baseUrl: /);
  });

  it.each(['//evil.example', 'https://evil.example/login', 'login', '/login?a=b', '/login#a', ''])(
    'refuses at the start a login page that is no path of its own: %j',
    (loginPage) => {
      expect(() => authOf({ loginPage })).toThrow(/^loginPage: /);
    },
  );

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1.5, 2 ** 31])(
    'refuses at the start to wait %s milliseconds',
    (timeoutMs) => {
      expect(() => authOf({ timeoutMs })).toThrow(/^timeoutMs: /);
    },
  );
});
