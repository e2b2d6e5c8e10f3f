import express, { type NextFunction, type Request, type Response } from 'express';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import {
  AuthError,
  createServerAuth,
  expressAuth,
  type RequestAuth,
} from '@portcullis/client/server';
import { until } from '../../examples/until';

const OWN = `__Host-portcullis-session=${'A'.repeat(43)}`;

type WithAuth = Request & { readonly auth: RequestAuth };

describe('pages before an API that fails', () => {
  let api: Server;
  let pages: Server;
  let url: string;
  let say: (request: IncomingMessage, response: ServerResponse) => void;
  let asked = 0;
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);

  const listening = async (server: Server) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  beforeAll(async () => {
    process.on('unhandledRejection', note);
    api = createServer((request, response) => {
      asked += 1;
      say(request, response);
    });
    const auth = createServerAuth({ baseUrl: `${await listening(api)}/auth`, timeoutMs: 1000 });
    const site = express().use(expressAuth(auth));
    site.get('/forgiving', async (request, response) => {
      const who = await (request as WithAuth).auth.getSession().catch(() => undefined);
      response.send(who === undefined ? 'we cannot say who you are' : 'a page');
    });
    site.get('/plain', async (request, response) => {
      response.send((await (request as WithAuth).auth.getSession())?.user.email ?? 'nobody');
    });
    site.get('/reading', async (request, response) => {
      response.send(String((await (request as WithAuth).auth.fetch('/things')).ok));
    });
    site.get('/careless', async (request, response) => {
      const { auth: own } = request as WithAuth;
      const both = await Promise.all([own.requireSession(), own.requireSession()]);
      if (both.some((session) => session !== undefined)) response.send('somebody');
    });
    site.get('/again', async (request, response) => {
      const { auth: own } = request as WithAuth;
      await own.getSession();
      await own.requireSession();
      response.send((await own.getSession())?.user.id);
    });
    site.get('/late', async (request, response) => {
      response.write('begun');
      if (await (request as WithAuth).auth.requireSession()) response.end('somebody');
    });
    site.use((error: unknown, _asked: Request, response: Response, next: NextFunction) => {
      if (response.headersSent) next(error);
      else response.status(500).send(error instanceof AuthError ? error.code : 'a mistake');
    });
    pages = createServer(site);
    url = await listening(pages);
  });

  afterAll(() => {
    process.off('unhandledRejection', note);
    for (const server of [api, pages]) {
      server.close();
      server.closeAllConnections();
    }
  });

  beforeEach(() => {
    asked = 0;
    unhandled.splice(0);
  });

  afterEach(() => expect(unhandled).toEqual([]));

  const visit = (path: string) =>
    fetch(url + path, { redirect: 'manual', headers: { cookie: OWN } });

  it.each(['/forgiving', '/plain', '/reading'])(
    'SS-11: %s is kept by no cache where nobody could say whose it is',
    async (path) => {
      say = (_request, response) => response.writeHead(503).end();
      const { headers } = await visit(path);
      expect(headers.get('cache-control')).toBe('private, no-store');
      expect(headers.get('vary')).toContain('Cookie');
    },
  );

  it('answers once where a page asks twice and both are refused', async () => {
    say = (_request, response) => response.writeHead(503).end();
    const { status, headers } = await visit('/careless');
    expect([status, headers.get('retry-after'), headers.get('vary')]).toEqual([503, '1', 'Cookie']);
    expect(asked).toBe(1);
  });

  it('gives the browser each cookie once, however often a page asks', async () => {
    const cookie = `${OWN}; Path=/; HttpOnly; Secure; SameSite=Strict`;
    say = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': cookie });
      response.end(
        JSON.stringify({
          user: { id: 'u', email: 'ada@example.test' },
          session: { id: 's', generation: 1, authTime: '2026-01-01T00:00:00.000Z' },
          roles: [],
          permissions: [],
          authorityVersion: 1,
        }),
      );
    };
    const answer = await visit('/again');
    expect(await answer.text()).toBe('u');
    expect(answer.headers.getSetCookie()).toEqual([cookie]);
    expect(answer.headers.get('vary')).toBe('Cookie');
    expect(asked).toBe(1);
  });

  it('ends an answer that has begun, and lets no page follow', async () => {
    say = (_request, response) => response.writeHead(503).end();
    expect(await (await visit('/late')).text()).toBe('begun');
  });

  it('F-8: waits no longer than it was told to, and serves on', async () => {
    say = () => undefined;
    const { status, headers } = await visit('/careless');
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(await (await visit('/plain')).text()).toBe('timeout');
  });

  it('FS-3: outlives a visitor who goes away before the API has answered', async () => {
    let answer: ServerResponse | undefined;
    say = (_request, response) => void (answer = response);
    const { port } = new URL(url);
    for (const path of ['/careless', '/plain', '/late', '/forgiving']) {
      answer = undefined;
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nCookie: ${OWN}\r\n\r\n`);
      await until(
        () => answer !== undefined,
        () => `${path} asked nothing`,
      );
      socket.resetAndDestroy();
      (answer as unknown as ServerResponse).writeHead(503).end();
    }
    say = (_request, response) => response.writeHead(503).end();
    expect((await visit('/careless')).status).toBe(503);
  });
});
