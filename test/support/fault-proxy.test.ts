import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { FaultProxy } from './fault-proxy';

/** Answers each line with the same line; keeps what it heard. */
class EchoServer {
  heard = '';
  readonly #server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      this.heard += chunk.toString();
      socket.write(chunk);
    });
  });

  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return `echo://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }
}

describe('FaultProxy', () => {
  let echo: EchoServer;
  let proxy: FaultProxy;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    echo = new EchoServer();
    proxy = await FaultProxy.before(await echo.listen());
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await proxy.close();
    echo.close();
  });

  async function client(): Promise<Socket> {
    const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await Promise.race([heard(socket, 'connect'), heard(socket, 'close')]);
    return socket;
  }

  /** Unlike `once` of node:events, which rejects when the connection is reset. */
  function heard(socket: Socket, event: 'connect' | 'data' | 'close'): Promise<unknown> {
    return new Promise((resolve) => socket.once(event, resolve));
  }

  /** What comes back for a text, or how the connection ended. */
  async function ask(socket: Socket, text: string): Promise<string> {
    if (socket.destroyed) return 'closed';
    const answer = heard(socket, 'data').then(String);
    const end = heard(socket, 'close').then(() => 'closed');
    socket.write(text);
    return Promise.race([answer, end]);
  }

  it('passes bytes on both ways, and counts them', async () => {
    expect(await ask(await client(), 'hello')).toBe('hello');
    expect(proxy.bytes).toEqual({ toServer: 5, toClient: 5 });
    expect(proxy.injected).toBe(0);
  });

  it('resets what is open, and lets the next client through', async () => {
    const first = await client();
    await ask(first, 'hello');
    const closed = heard(first, 'close');
    proxy.cut();
    await closed;
    expect(proxy.injected).toBe(1);
    expect(await ask(await client(), 'again')).toBe('again');
  });

  it('refuses until it passes again', async () => {
    proxy.refuse();
    expect(await ask(await client(), 'hello')).toBe('closed');
    expect(proxy.injected).toBe(1);
    proxy.pass();
    expect(await ask(await client(), 'again')).toBe('again');
  });

  it('hangs with open and with new connections, and goes on where it stopped', async () => {
    const open = await client();
    await ask(open, 'before');
    proxy.hang();
    const answers = [ask(open, 'while'), ask(await client(), 'new')];
    expect(await Promise.race([...answers, new Promise((done) => setTimeout(done, 50))])).toBe(
      undefined,
    );
    expect(proxy.injected).toBe(2);
    proxy.pass();
    expect(await Promise.all(answers)).toEqual(['while', 'new']);
  });

  it('delays each way, and never changes the order', async () => {
    const socket = await client();
    proxy.delay({ toServer: 30, toClient: 30 });
    const startedAt = performance.now();
    const first = ask(socket, 'slow');
    await first;
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(55);
    expect(proxy.injected).toBe(2);
  });

  it('loses the answer to what matches, and only that one: the server heard it', async () => {
    const socket = await client();
    const lost = proxy.loseAnswer(/COMMIT/);
    expect(await ask(socket, 'BEGIN')).toBe('BEGIN');
    expect(await ask(socket, 'COMMIT')).toBe('closed');
    await lost;
    expect(echo.heard).toBe('BEGINCOMMIT');
    expect(await ask(await client(), 'COMMIT')).toBe('COMMIT');
    expect(proxy.injected).toBe(1);
  });

  it('loses a request that matches: the server never heard it', async () => {
    const lost = proxy.loseRequest(/COM{2}IT/);
    expect(await ask(await client(), 'COMMIT')).toBe('closed');
    await lost;
    expect(echo.heard).toBe('');
  });

  it.each(['request', 'answer'] as const)('holds a connection still at one %s', async (what) => {
    const held = proxy.hold(what, /COMMIT/);
    const answer = ask(await client(), 'COMMIT');
    await held;
    expect(echo.heard).toBe(what === 'request' ? '' : 'COMMIT');
    expect(await ask(await client(), 'other')).toBe('other');
    proxy.pass();
    expect(await answer).toBe('COMMIT');
  });

  it('finds a text that arrives in two parts', async () => {
    const socket = await client();
    void proxy.loseAnswer(/COMMIT/);
    expect(await ask(socket, 'COM')).toBe('COM');
    expect(await ask(socket, 'MIT')).toBe('closed');
  });

  it('looks only at what is sent after it was told', async () => {
    const [first, second] = [await client(), await client()];
    void proxy.loseAnswer(/COMMIT/);
    expect(await ask(first, 'COMMIT')).toBe('closed');
    expect(await ask(second, 'COMMIT')).toBe('COMMIT');
    void proxy.loseAnswer(/COMMIT/);
    expect(await ask(second, 'BEGIN')).toBe('BEGIN');
  });

  it('cuts in place of the n-th answer', async () => {
    const socket = await client();
    proxy.cutOnAnswer(2);
    expect(await ask(socket, 'one')).toBe('one');
    expect(await ask(socket, 'two')).toBe('closed');
    expect(echo.heard).toBe('onetwo');
  });

  it('leads new connections to another server', async () => {
    const other = new EchoServer();
    proxy.lead(await other.listen());
    await ask(await client(), 'hello');
    expect([echo.heard, other.heard]).toEqual(['', 'hello']);
    other.close();
  });
});
