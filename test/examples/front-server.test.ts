import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startFront, type Front } from '../../examples/front/front-server';
import { exchange, opened, statusesIn } from './raw-http';
import { until } from './until';

/** A front whose API is this file's, and writes down what reaches it. */
describe('a front of the examples', () => {
  let front: Front;
  let port: number;
  let api: Server;
  let heard: { method: string; url: string; raw: string[]; body: string }[] = [];
  let pages: string[] = [];
  let say: (request: IncomingMessage, response: ServerResponse) => void;
  const thrown: unknown[] = [];
  const note = (error: unknown) => void thrown.push(error);

  beforeAll(async () => {
    process.on('uncaughtException', note).on('unhandledRejection', note);
    api = createServer((request, response) => {
      const { method = '', url = '', rawHeaders } = request;
      const entry = { method, url, raw: rawHeaders, body: '' };
      heard.push(entry);
      request.on('data', (chunk: Buffer) => (entry.body += chunk.toString('latin1')));
      say(request, response);
    });
    api.listen(0, '127.0.0.1');
    await once(api, 'listening');
    front = await startFront(0, (asked, answer) => {
      pages.push(asked.url ?? '');
      answer.end('a page');
    });
    port = Number(new URL(front.url).port);
  });

  afterAll(async () => {
    process.off('uncaughtException', note).off('unhandledRejection', note);
    await front.close();
    api.close();
    api.closeAllConnections();
  });

  beforeEach(() => {
    heard = [];
    pages = [];
    thrown.splice(0);
    front.forwardTo(`http://127.0.0.1:${(api.address() as AddressInfo).port}`);
    say = (request, response) => {
      request.on('end', () => response.end('from the API'));
    };
  });

  afterEach(() => expect(thrown).toEqual([]));

  const namesHeard = () =>
    heard.flatMap(({ raw }) => raw.filter((_, index) => index % 2 === 0)).map(lowered);
  const lowered = (name: string) => name.toLowerCase();
  const valuesHeard = (name: string) =>
    heard.flatMap(({ raw }) => raw.filter((_, i) => i % 2 === 1 && lowered(raw[i - 1]!) === name));
  const get = (target: string, headers = '') =>
    exchange(
      port,
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`,
    );

  describe('takes for the API', () => {
    it.each(['/api/auth/session', '/api/', '/api//', '/api/../x', '/api/%2e%2e/x', '/api/a%00b'])(
      '%s, as it stands and without its own prefix',
      async (target) => {
        expect(statusesIn(await get(target))).toEqual([200]);
        expect(heard.map(({ url }) => url)).toEqual([target.slice('/api'.length)]);
        expect(pages).toEqual([]);
      },
    );

    it.each([
      '/apix/auth/session',
      '/api',
      '/api?x',
      '//api/auth',
      '/API/auth',
      '/%61pi/auth',
      '/x/../api/auth',
      '/./api/auth',
      '/\\api/auth',
      '/api%2fauth',
      '/api;/auth',
      'http://evil.example/api/auth',
      '*',
    ])('nothing else: %s', async (target) => {
      await get(target);
      expect(heard).toEqual([]);
    });
  });

  describe('hands on to the API', () => {
    it('LG-5: who asked, and no claim of a client about it', async () => {
      const claims = [
        'Forwarded: for=203.0.113.1',
        'X-Forwarded-For: 203.0.113.1',
        'X-Forwarded-For: 203.0.113.2',
        'x-forwarded-host: evil.example',
        'X-FORWARDED-PROTO: https',
        'X-Real-IP: 203.0.113.1',
        'Via: 1.1 evil',
      ];
      await get('/api/x', claims.map((line) => `${line}\r\n`).join(''));
      expect(valuesHeard('x-forwarded-for')).toEqual(['127.0.0.1']);
      expect(
        namesHeard().filter((name) => /^(?:forwarded|x-forwarded-|x-real|via)/.test(name)),
      ).toEqual(['x-forwarded-for']);
    });

    it('its own name of the API, and not a host of the client', async () => {
      await exchange(
        port,
        'GET /api/x HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
      );
      expect(valuesHeard('host')).toEqual([`127.0.0.1:${(api.address() as AddressInfo).port}`]);
    });

    it('nothing that is of the connection alone, nor what a client names so (RFC 9110 §7.6.1)', async () => {
      const lines = [
        'Connection: close, X-Secret-Of-Hop, te',
        'X-Secret-Of-Hop: 1',
        'Keep-Alive: timeout=5',
        'Proxy-Connection: keep-alive',
        'Proxy-Authorization: Basic x',
        'TE: trailers',
        'Upgrade: websocket',
        'Expect: 100-continue',
        'X-End-To-End: 1',
      ];
      const text = lines.map((line) => `${line}\r\n`).join('');
      await exchange(port, `GET /api/x HTTP/1.1\r\nHost: localhost\r\n${text}\r\n`);
      expect(namesHeard().sort()).toEqual([
        'connection',
        'host',
        'x-end-to-end',
        'x-forwarded-for',
      ]);
      expect(valuesHeard('connection')).toEqual(['keep-alive']);
    });

    it.each(['x-forwarded-for', 'content-length', 'transfer-encoding', 'host', 'cookie, origin'])(
      'what it has to say although a client calls it of the connection: %s',
      async (names) => {
        const body = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
        await exchange(
          port,
          `POST /api/x HTTP/1.1\r\nHost: localhost\r\nConnection: close, ${names}\r\n` +
            `Content-Length: ${body.length}\r\nOrigin: http://evil.example\r\n\r\n${body}`,
        );
        expect(heard.map(({ url }) => url)).toEqual(['/x']);
        expect(heard[0]?.body).toBe(body);
        expect(valuesHeard('x-forwarded-for')).toEqual(['127.0.0.1']);
        expect(valuesHeard('host')).toHaveLength(1);
        // What tells a foreign page from ours is no client's to take away.
        if (names.includes('origin'))
          expect(valuesHeard('origin')).toEqual(['http://evil.example']);
      },
    );
  });

  describe('is no way to a second request', () => {
    const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
    const chunked = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`;

    it.each([
      ['two lengths', `Content-Length: 0\r\nContent-Length: ${SMUGGLED.length}`],
      ['a list of lengths', `Content-Length: 0, ${SMUGGLED.length}`],
      ['a length and chunks', `Content-Length: ${chunked.length}\r\nTransfer-Encoding: chunked`],
      ['chunks and a length', `Transfer-Encoding: chunked\r\nContent-Length: 3`],
      ['a coding that is none', 'Transfer-Encoding: xchunked'],
      ['chunks that are not last', 'Transfer-Encoding: chunked, identity'],
      ['a folded header', 'X-A: b\r\n Transfer-Encoding: chunked'],
      ['a blank before the colon', 'Transfer-Encoding : chunked'],
      ['a bare carriage return', 'X-A: b\rTransfer-Encoding: chunked'],
      ['a bare line feed', 'X-A: b\nTransfer-Encoding: chunked'],
      ['a NUL', 'X-A: b\0\r\nTransfer-Encoding: chunked'],
      ['a length that is signed', 'Content-Length: +41'],
      ['a length in another base', 'Content-Length: 0x29'],
      ['a vertical tab', 'Transfer-Encoding: \vchunked'],
    ])('by %s', async (_what, lines) => {
      for (const method of ['POST', 'GET']) {
        await exchange(
          port,
          `${method} /api/x HTTP/1.1\r\nHost: localhost\r\n${lines}\r\n\r\n${chunked}`,
        );
      }
      // A parser may read a request for a page behind what it refused, and nothing of the API.
      expect(heard.filter(({ url }) => url !== '/x')).toEqual([]);
      expect(
        heard.filter(({ body }) => body !== '' && body !== SMUGGLED && body !== chunked),
      ).toEqual([]);
    });

    it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'PATCH'])(
      'by a %s with a body of chunks',
      async (method) => {
        await exchange(
          port,
          `${method} /api/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n` +
            `Connection: transfer-encoding\r\n\r\n${chunked}`,
        );
        // A connection that is kept would give the rest to the next one.
        await get('/api/y');
        expect(heard.map(({ url }) => url)).toEqual(['/x', '/y']);
        expect(heard[0]?.body).toBe(SMUGGLED);
      },
    );

    it('by trailers, which nobody reads', async () => {
      await exchange(
        port,
        'POST /api/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n' +
          '\r\n1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n',
      );
      expect(heard.map(({ url, body }) => [url, body])).toEqual([['/x', 'a']]);
      expect(namesHeard()).not.toContain('authorization');
      expect(namesHeard()).not.toContain('trailer');
    });

    it.each(['TRACE', 'CONNECT', 'PRI', 'GETS', 'get', 'G ET'])(
      'by the method %s',
      async (method) => {
        const target = method === 'CONNECT' ? `127.0.0.1:${port}` : '/api/x';
        const said = await exchange(
          port,
          `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n${SMUGGLED}`,
        );
        expect(statusesIn(said).filter((status) => status < 300 && method !== 'TRACE')).toEqual([]);
        expect(heard.filter(({ url }) => url === '/smuggled')).toEqual([]);
      },
    );
  });

  it('opens no WebSocket to the API', async () => {
    api.once('upgrade', (_request, socket) => {
      socket.end(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
      );
    });
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
    const said = await exchange(
      port,
      `GET /api/x HTTP/1.1\r\nHost: localhost\r\n${upgrade}Sec-WebSocket-Key: eA==\r\n\r\n`,
    );
    expect(statusesIn(said)).toEqual([200]);
    api.removeAllListeners('upgrade');
  });

  it('HT-5: refuses headers beyond 16 KB, and serves on', async () => {
    expect(statusesIn(await get('/api/x', `X-A: ${'a'.repeat(20_000)}\r\n`))).toEqual([431]);
    expect(statusesIn(await get(`/api/${'a'.repeat(20_000)}`))).toEqual([431]);
    expect(statusesIn(await get('/api/x'))).toEqual([200]);
    expect(heard).toHaveLength(1);
  });

  it.each([
    '/api/\x80\xff',
    '/api/%',
    '/api/%zz',
    '/api/%u0000',
    '/api/\'"<>',
    '/api/[',
    '/api/?#',
  ])('outlives the address %j', async (target) => {
    await get(target);
    expect(statusesIn(await get('/api/x'))).toEqual([200]);
  });

  it('answers before it has read a long form, and the next request of the connection is served', async () => {
    say = (_request, response) => void response.writeHead(413).end();
    const body = 'a'.repeat(1024 * 1024);
    const said = await exchange(
      port,
      `POST /api/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}` +
        'GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(statusesIn(said)[0]).toBe(413);
  });

  describe('a client that goes away', () => {
    it('FS-3: in the middle of an upload leaves no request at the API behind', async () => {
      let wasAborted = false;
      say = (request) => void request.once('close', () => (wasAborted = !request.complete));
      const socket = await opened(
        port,
        'POST /api/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf',
      );
      await until(
        () => heard[0]?.body === 'half',
        () => 'nothing came',
      );
      socket.resetAndDestroy();
      await until(
        () => wasAborted,
        () => 'the API still waits',
      );
      expect(statusesIn(await get('/page'))).toEqual([200]);
    });

    it('FS-3: in the middle of an answer lets the API stop', async () => {
      let wasClosed = false;
      say = (_request, response) => {
        response.once('close', () => (wasClosed = true));
        response.write('a'.repeat(10));
      };
      const socket = await opened(port, 'GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(socket, 'data');
      socket.resetAndDestroy();
      await until(
        () => wasClosed,
        () => 'the API still writes',
      );
    });
  });
});
