import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** Which way bytes travel. */
export type Direction = 'toServer' | 'toClient';

/** Text that a pattern may stretch over: of the stream before the newest chunk this much is kept. */
const REMEMBERED_BYTES = 2000;

interface Trap {
  readonly pattern: RegExp;
  /** What does not arrive: the message itself, or the answer to it. */
  readonly withhold: 'request' | 'answer';
  /** Whether the connection is reset there, or stands still. */
  readonly instead: 'reset' | 'still';
  left: number;
  readonly sprung: () => void;
}

/** One client, and the connection to the server that was opened for it. */
interface Tunnel {
  readonly client: Socket;
  readonly server: Socket;
  readonly queues: Record<Direction, Promise<void>>;
  sent: string;
  lastWay?: Direction;
  /** The answer that comes next is not to arrive. */
  doomed?: Trap;
}

/**
 * A wire between a client and a server that fails on demand. It knows no protocol: patterns are
 * looked for in the bytes that clients send, which serves PostgreSQL, Redis and HTTP alike.
 *
 * Every fault is counted in {@link injected}, so that a test can prove that it happened.
 */
export class FaultProxy {
  /** Bytes that were passed on. */
  readonly bytes: Record<Direction, number> = { toServer: 0, toClient: 0 };
  readonly #tunnels = new Set<Tunnel>();
  readonly #delays: Record<Direction, number> = { toServer: 0, toClient: 0 };
  readonly #traps: Trap[] = [];
  readonly #waiting = new Set<Socket>();
  #mode: 'pass' | 'refuse' | 'hang' = 'pass';
  #injected = 0;
  #answersLeft = 0;

  private constructor(
    private readonly listener: Server,
    private target: URL,
  ) {}

  /** Stands before the server of a URL: `postgres://…`, `redis://…` or `http://…`. */
  static async before(url: string): Promise<FaultProxy> {
    const listener = createServer();
    const proxy = new FaultProxy(listener, new URL(url));
    listener.on('connection', (client) => proxy.#accept(client));
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The URL of the server by way of this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
    return url.href.replace(/\/$/, '');
  }

  /** How many connections, messages or answers were spoilt so far. */
  get injected(): number {
    return this.#injected;
  }

  /** Connections that are open at this moment, those that hang included. */
  get connections(): number {
    return this.#tunnels.size + this.#waiting.size;
  }

  /** Ends every fault that lasts. What hung goes on where it stopped. */
  pass(): void {
    this.#mode = 'pass';
    this.#delays.toServer = 0;
    this.#delays.toClient = 0;
    this.#answersLeft = 0;
    this.#traps.length = 0;
    for (const { client, server } of this.#tunnels) {
      client.resume();
      server.resume();
    }
    for (const client of this.#waiting) this.#connect(client);
    this.#waiting.clear();
  }

  /** Resets every open connection, once. */
  cut(): void {
    for (const tunnel of [...this.#tunnels]) this.#reset(tunnel);
  }

  /** Resets open connections, and new ones as soon as they come. */
  refuse(): void {
    this.#mode = 'refuse';
    this.cut();
  }

  /** Keeps every connection open, accepts new ones, and passes nothing on. */
  hang(): void {
    this.#mode = 'hang';
    for (const { client, server } of this.#tunnels) {
      this.#injected += 1;
      client.pause();
      server.pause();
    }
  }

  /** Holds each message back for some milliseconds. */
  delay(milliseconds: Partial<Record<Direction, number>>): void {
    Object.assign(this.#delays, milliseconds);
  }

  /** Leads new connections to another server. The open ones are reset. */
  lead(url: string): void {
    this.target = new URL(url);
    this.cut();
  }

  /** Resets the connection that brings the n-th answer from now on, in place of its first byte. */
  cutOnAnswer(n: number): void {
    this.#answersLeft = n;
  }

  /** Passes what matches on, and resets the connection in place of the answer: it happened, unheard. */
  loseAnswer(pattern: RegExp, times = 1): Promise<void> {
    return this.#trap({ pattern, withhold: 'answer', instead: 'reset', left: times });
  }

  /** Resets the connection in place of what matches: it never happened. */
  loseRequest(pattern: RegExp, times = 1): Promise<void> {
    return this.#trap({ pattern, withhold: 'request', instead: 'reset', left: times });
  }

  /** Like {@link loseAnswer} and {@link loseRequest}, but the connection stands still until it passes. */
  hold(withhold: Trap['withhold'], pattern: RegExp): Promise<void> {
    return this.#trap({ pattern, withhold, instead: 'still', left: 1 });
  }

  async close(): Promise<void> {
    for (const { client, server } of this.#tunnels) {
      client.destroy();
      server.destroy();
    }
    for (const client of this.#waiting) client.destroy();
    await new Promise<void>((resolve) => this.listener.close(() => resolve()));
  }

  /** Resolves when the trap was sprung as often as it can be. */
  #trap(trap: Omit<Trap, 'sprung'>): Promise<void> {
    // What was sent before does not count.
    for (const tunnel of this.#tunnels) tunnel.sent = '';
    return new Promise((sprung) => this.#traps.push({ ...trap, sprung }));
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined);
    if (this.#mode === 'refuse') {
      this.#injected += 1;
      client.resetAndDestroy();
    } else if (this.#mode === 'hang') {
      this.#injected += 1;
      this.#waiting.add(client);
      client.on('close', () => this.#waiting.delete(client));
    } else {
      this.#connect(client);
    }
  }

  #connect(client: Socket): void {
    const { hostname, port } = this.target;
    const server = connect(Number(port), hostname);
    const queues = { toServer: Promise.resolve(), toClient: Promise.resolve() };
    const tunnel: Tunnel = { client, server, queues, sent: '' };
    this.#tunnels.add(tunnel);
    client.on('data', (chunk) => this.#carry(tunnel, 'toServer', chunk));
    server.on('data', (chunk) => this.#carry(tunnel, 'toClient', chunk));
    // A server that is away refuses: the client has to see that too.
    server.on('error', () => client.resetAndDestroy());
    client.on('end', () => void queues.toServer.then(() => server.end()));
    server.on('end', () => void queues.toClient.then(() => client.end()));
    for (const socket of [client, server]) {
      socket.on('close', () => {
        this.#tunnels.delete(tunnel);
        client.destroy();
        server.destroy();
      });
    }
  }

  #carry(tunnel: Tunnel, way: Direction, chunk: Buffer): void {
    const isAnswer = way === 'toClient' && tunnel.lastWay === 'toServer';
    tunnel.lastWay = way;
    if (way === 'toServer' && this.#withholds(tunnel, chunk)) return;
    if (isAnswer && this.#spoils(tunnel, chunk)) return;
    const to = way === 'toServer' ? tunnel.server : tunnel.client;
    const milliseconds = this.#delays[way];
    if (milliseconds > 0) this.#injected += 1;
    // One after the other, so that a delay which ends cannot put bytes before those it held.
    tunnel.queues[way] = tunnel.queues[way]
      .then(() => (milliseconds > 0 ? new Promise((done) => setTimeout(done, milliseconds)) : null))
      .then(() => {
        if (!to.writable) return;
        this.bytes[way] += chunk.length;
        to.write(chunk);
      });
  }

  /** Looks for a pattern in what the client sends; whether the chunk must not be passed on. */
  #withholds(tunnel: Tunnel, chunk: Buffer): boolean {
    if (this.#traps.length === 0) {
      tunnel.sent = '';
      return false;
    }
    tunnel.sent += chunk.toString('latin1');
    const trap = this.#traps.find(({ pattern, left }) => left > 0 && pattern.test(tunnel.sent));
    tunnel.sent = trap === undefined ? tunnel.sent.slice(-REMEMBERED_BYTES) : '';
    if (trap === undefined) return false;
    trap.left -= 1;
    if (trap.withhold === 'answer') tunnel.doomed = trap;
    else this.#spring(trap, tunnel, 'toServer', chunk);
    return trap.withhold === 'request';
  }

  #spoils(tunnel: Tunnel, chunk: Buffer): boolean {
    const isCounted = this.#answersLeft > 0 && (this.#answersLeft -= 1) === 0;
    const { doomed } = tunnel;
    if (doomed !== undefined) this.#spring(doomed, tunnel, 'toClient', chunk);
    else if (isCounted) this.#reset(tunnel);
    return isCounted || doomed !== undefined;
  }

  #spring(trap: Trap, tunnel: Tunnel, way: Direction, chunk: Buffer): void {
    if (trap.instead === 'reset') {
      this.#reset(tunnel);
    } else {
      this.#injected += 1;
      tunnel.doomed = undefined;
      for (const socket of [tunnel.client, tunnel.server]) socket.pause();
      (way === 'toServer' ? tunnel.client : tunnel.server).unshift(chunk);
    }
    if (trap.left === 0) trap.sprung();
  }

  #reset({ client, server }: Tunnel): void {
    this.#injected += 1;
    client.resetAndDestroy();
    server.destroy();
  }
}
