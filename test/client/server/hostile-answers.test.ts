import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AuthError, createServerAuth, type ServerAuth } from '@portcullis/client/server';
import { until } from '../../examples/until';

const COOKIE = '__Host-portcullis-session';
const OWN = `${COOKIE}=${'A'.repeat(43)}`;
const SESSION = {
  user: { id: 'u', email: 'ada@example.test', emailVerified: true, displayName: null },
  session: { id: 's', generation: 1, createdAt: '', expiresAt: '', amr: [], authTime: '' },
  roles: [],
  permissions: ['things:read'],
  authorityVersion: 1,
};

/** An API, or something on the way to it, that answers as no API should. */
describe('what the API answers', () => {
  let api: Server;
  let elsewhere: Server;
  let asked: IncomingMessage[] = [];
  let strayed = 0;
  let closed = 0;
  let auth: ServerAuth;
  let say: (response: ServerResponse) => void;

  const portOf = (server: Server) => (server.address() as AddressInfo).port;
  const json = { 'content-type': 'application/json' };

  beforeAll(async () => {
    api = createServer((request, response) => {
      asked.push(request);
      say(response);
    });
    api.on('connection', (socket) => socket.once('close', () => (closed += 1)));
    elsewhere = createServer((_request, response) => {
      strayed += 1;
      response.writeHead(200, json).end(JSON.stringify(SESSION));
    });
    for (const server of [api, elsewhere]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    auth = createServerAuth({ baseUrl: `http://127.0.0.1:${portOf(api)}/auth`, timeoutMs: 500 });
  });
  afterAll(() => {
    for (const server of [api, elsewhere]) {
      server.close();
      server.closeAllConnections();
    }
  });
  beforeEach(() => {
    asked = [];
    strayed = 0;
    closed = 0;
  });

  const request = () => new Request('https://pages.example/', { headers: { cookie: OWN } });
  const failure = () => auth.getSession(request()).catch((error: unknown) => error);

  it.each([301, 302, 303, 307, 308])(
    'SD-4: a redirect of %i is not followed with the cookie',
    async (status) => {
      const location = `http://127.0.0.1:${portOf(elsewhere)}/auth/session`;
      say = (response) => response.writeHead(status, { location }).end();
      expect(await failure()).toMatchObject({ code: 'protocol' });
      expect((await auth.fetch(request(), '/things')).status).toBe(status);
      expect(strayed).toBe(0);
    },
  );

  it('is nobody’s session where it says so of a status that is no success', async () => {
    say = (response) => response.writeHead(500, json).end(JSON.stringify(SESSION));
    expect(await failure()).toMatchObject({ code: 'protocol', status: 500 });
  });

  it.each([
    ['never comes', () => undefined],
    [
      'never ends',
      (response: ServerResponse) => void response.writeHead(200, json).write('{"user":'),
    ],
    [
      'drips',
      (response: ServerResponse) => {
        response.writeHead(200, json);
        const timer = setInterval(() => response.write(' '), 20);
        response.once('close', () => clearInterval(timer));
      },
    ],
  ])('is waited for in bounds where it %s, and its connection is let go', async (_how, answer) => {
    say = answer;
    expect(await failure()).toMatchObject({ code: 'timeout', retryable: true });
    await until(
      () => closed > 0,
      () => 'the connection stays open',
    );
    await expect(
      auth.fetch(request(), '/things').then((things) => things.text()),
    ).rejects.toMatchObject({
      name: expect.stringMatching(/^(?:AuthError|TimeoutError)$/) as string,
    });
    await until(
      () => closed > 1,
      () => 'the other connection stays open',
    );
  });

  it('is let go in bounds where a page reads only its status, and brings nothing down', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    say = (response) => void response.writeHead(200, json).write(' '.repeat(1024 * 1024));
    expect((await auth.fetch(request(), '/things')).status).toBe(200);
    await until(
      () => closed > 0,
      () => 'the connection stays open',
    );
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('asks no cache of its own server, which would be everybody’s, for either', async () => {
    const caches: unknown[] = [];
    const watching = createServerAuth({
      baseUrl: `http://127.0.0.1:${portOf(api)}/auth`,
      fetch: (input, init) => {
        caches.push((init as { readonly cache?: unknown }).cache);
        return fetch(input, init);
      },
    });
    say = (response) => response.writeHead(200, json).end(JSON.stringify(SESSION));
    await watching.getSession(request());
    await watching.fetch(request(), '/things');
    expect(caches).toEqual(['no-store', 'no-store']);
  });

  it('is an error of the network where it breaks off', async () => {
    say = (response) => {
      response.writeHead(200, { ...json, 'content-length': 1000 });
      response.write('{"user":', () => response.destroy());
    };
    expect(await failure()).toMatchObject({ code: 'network', retryable: true });
  });

  it.each(['application/json', 'text/html'])(
    'HT-5: is read up to a bound, and not kept open behind it: %s',
    async (type) => {
      let written = 0;
      say = (response) => {
        response.writeHead(200, { 'content-type': type });
        const chunk = ' '.repeat(64 * 1024);
        const more = () => {
          while (!response.destroyed && written < 64 * 1024 * 1024) {
            written += chunk.length;
            if (!response.write(chunk)) {
              response.once('drain', more);
              return;
            }
          }
        };
        more();
      };
      expect(await failure()).toMatchObject({ code: 'protocol' });
      expect(written).toBeLessThan(16 * 1024 * 1024);
    },
  );

  it.each([
    'null',
    '[]',
    '"x"',
    '{}',
    '{"user":{"id":1}}',
    '{"user":{"id":"u"},"session":{"id":"s","generation":1},"roles":"all","permissions":"all"}',
    '{"__proto__":{"user":{"id":"u"},"session":{"id":"s","generation":1},"roles":[],"permissions":[]}}',
    '\ufeff{',
  ])('is a failure and nobody’s session where it is %s', async (body) => {
    say = (response) => response.writeHead(200, json).end(body);
    expect(await failure()).toBeInstanceOf(AuthError);
  });

  it.each(['200', '429', '401 unauthenticated'])(
    'CK-1: hands the browser cookies of the session alone: %s',
    async (answered) => {
      const own = `${COOKIE}=${'B'.repeat(43)}; Path=/; Max-Age=9; HttpOnly; Secure; SameSite=Strict`;
      const hint = '__Host-portcullis-hint=a.1.1; Path=/; Max-Age=9; Secure; SameSite=Strict';
      const [status = '', code] = answered.split(' ');
      say = (response) => {
        response.writeHead(Number(status), {
          ...json,
          'set-cookie': [
            own,
            'AWSALB=of-the-balancer; Path=/',
            `portcullis-session=wide; Path=/; Domain=pages.example`,
            `portcullis-session=wide; Path=/;DOMAIN = pages.example`,
            `theme=x; ${COOKIE}=nested`,
            '__Host-portcullis-refresh=not-read-here; Path=/; Secure',
            hint,
          ],
        });
        response.end(JSON.stringify(status === '200' ? SESSION : { code: code ?? 'throttled' }));
      };
      const page = request();
      await auth.getSession(page).catch(() => undefined);
      const expected = status === '429' ? [] : [own, hint];
      expect(auth.headers(page).getSetCookie()).toEqual(expected);
      // Whatever else is read may be refused for another reason than who asks.
      await auth.fetch(page, '/things');
      expect(auth.headers(page).getSetCookie()).toEqual([own, hint]);
    },
  );

  it('SS-11: a refusal keeps caches off, however long the API says to wait', async () => {
    for (const [said, told] of [
      ['7', '7'],
      ['0', '1'],
      ['-5', '1'],
      ['1e999', '1'],
      ['Wed, 21 Oct 2037 07:28:00 GMT', '1'],
      ['2.5', '1'],
    ]) {
      say = (response) =>
        response.writeHead(503, { ...json, 'retry-after': said }).end('{"code":"overloaded"}');
      const refusal = await auth.requireSession(request()).catch((thrown: unknown) => thrown);
      const { status, headers } = refusal as Response;
      expect([status, headers.get('retry-after')]).toEqual([503, told]);
      expect(headers.get('cache-control')).toBe('private, no-store');
      expect(headers.get('vary')).toBe('Cookie');
    }
  });
});
