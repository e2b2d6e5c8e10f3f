import { once } from 'node:events';
import { createServer, type Socket, type AddressInfo } from 'node:net';
import { startFront, type Front } from '../../examples/front/front-server';
import { exchange, statusesIn } from './raw-http';
import { until } from './until';

/** A front before something that speaks no HTTP, stops in the middle, or says nothing. */
describe('a front of the examples before an API that fails', () => {
  let front: Front;
  let port: number;
  const thrown: unknown[] = [];
  const note = (error: unknown) => void thrown.push(error);

  beforeAll(async () => {
    process.on('uncaughtException', note).on('unhandledRejection', note);
    front = await startFront(0, (_asked, answer) => void answer.end('a page'), { patienceMs: 700 });
    port = Number(new URL(front.url).port);
  });

  afterAll(async () => {
    process.off('uncaughtException', note).off('unhandledRejection', note);
    await front.close();
  });

  beforeEach(() => void thrown.splice(0));

  afterEach(() => expect(thrown).toEqual([]));

  const get = (target: string) =>
    exchange(port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);

  /** A server that says what it was told to, whatever it is asked. */
  async function apiThatSays(
    text: string,
    then: (socket: Socket) => void = (socket) => void socket.end(),
  ) {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write(Buffer.from(text, 'latin1'), () => then(socket)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    front.forwardTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return {
      sockets,
      close: () => {
        server.close();
        for (const socket of sockets) socket.destroy();
      },
    };
  }

  it.each([
    ['chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ['a length', 'Content-Length: 100\r\n\r\nhello'],
  ])(
    'F-8: in the middle of an answer with %s ends the answer, and nobody waits for ever',
    async (_how, rest) => {
      const dying = await apiThatSays(`HTTP/1.1 200 OK\r\n${rest}`, (socket) =>
        socket.resetAndDestroy(),
      );
      const answer = await fetch(`${front.url}/api/x`);
      await expect(answer.text()).rejects.toThrow();
      dying.close();
    },
  );

  it.each([
    'HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 099 Less\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na',
    'HTTP/9.9 200 OK\r\n\r\n',
    'SSH-2.0-x\r\n',
    '',
  ])('FS-3: by %j is away, and the front serves on', async (text) => {
    const odd = await apiThatSays(text);
    expect(statusesIn(await get('/api/x'))).toEqual([502]);
    odd.close();
    expect(statusesIn(await get('/page'))).toEqual([200]);
  });

  it.each([
    ['never answers', ''],
    ['never ends its headers', 'HTTP/1.1 200 OK\r\nX-A: '],
  ])('F-8: that %s is given up', async (_how, text) => {
    const silent = await apiThatSays(text, () => undefined);
    const answer = await fetch(`${front.url}/api/x`, { method: 'POST', body: 'a' });
    expect(answer.status).toBe(504);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    await until(
      () => [...silent.sockets].every((socket) => socket.destroyed || socket.readableEnded),
      () => 'the connection to the API stays open',
    );
    silent.close();
  });

  it('F-8: that stops in the middle of an answer is given up', async () => {
    const silent = await apiThatSays(
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na',
      () => undefined,
    );
    const answer = await fetch(`${front.url}/api/x`);
    await expect(answer.text()).rejects.toThrow();
    silent.close();
  });

  it('hands on no header of its connection to the API', async () => {
    const talkative = await apiThatSays(
      'HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\n' +
        'Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nTrailer: X-B\r\nX-End: 1\r\nSet-Cookie: a=1\r\n' +
        'Set-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok',
    );
    const said = (
      await exchange(port, 'GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n')
    ).toLowerCase();
    expect(said).not.toMatch(/^(?:x-hop|proxy-authenticate|upgrade|trailer):/m);
    expect(said).not.toContain('timeout=9');
    expect(said).toMatch(/^x-end: 1\r$/m);
    expect(said.match(/^set-cookie: .*$/gm)).toEqual(['set-cookie: a=1', 'set-cookie: b=2']);
    talkative.close();
  });

  it('is away before it has read a long form, and the connection serves what comes behind it', async () => {
    front.forwardTo('http://127.0.0.1:9');
    const body = 'a'.repeat(4 * 1024 * 1024);
    const said = await exchange(
      port,
      `POST /api/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}` +
        'GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(statusesIn(said)).toEqual([502, 200]);
  });

  it('is away before it has read a long form, and the client is told', async () => {
    front.forwardTo('http://127.0.0.1:9');
    const body = 'a'.repeat(4 * 1024 * 1024);
    const answer = await fetch(`${front.url}/api/x`, { method: 'POST', body });
    expect([answer.status, await answer.text()]).toEqual([502, 'The API is away.\n']);
    expect(answer.headers.get('content-security-policy')).toContain(`default-src 'none'`);
  });
});
