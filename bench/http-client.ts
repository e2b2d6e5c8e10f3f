import { connect, type Socket } from 'node:net';

/** What an answer carries, as far as the bench reads it. */
export interface BenchAnswer {
  readonly status: number;
  readonly body: { readonly access_token: string; readonly refresh_token: string };
}

/** One kept connection with one request under way at a time. */
class Connection {
  readonly #socket: Socket;
  closed = false;
  #received = '';
  #settle?: { resolve(answer: BenchAnswer): void; reject(error: Error): void };

  constructor(url: URL) {
    this.#socket = connect(Number(url.port), url.hostname);
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (chunk) => this.#take(String(chunk)));
    this.#socket.on('error', (error) => this.#settle?.reject(error));
    this.#socket.on('close', () => {
      this.closed = true;
      this.#settle?.reject(new Error('the connection was closed'));
    });
  }

  send(head: string, body: string): Promise<BenchAnswer> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(head + body);
    });
  }

  close(): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #take(chunk: string): void {
    this.#received += chunk;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#received)?.[1]);
    const text = this.#received.slice(headEnd + 4);
    // Our answers are ASCII, so characters are bytes.
    if (text.length < length) return;
    const status = Number(this.#received.slice(9, 12));
    this.#received = '';
    const settle = this.#settle;
    this.#settle = undefined;
    if (status === 200) settle?.resolve({ status, body: JSON.parse(text) as BenchAnswer['body'] });
    else settle?.reject(new Error(`${status}: ${text}`));
  }
}

/**
 * A client that costs as little as it can: it shares its cores with what it measures, and Node's own
 * takes as long to send a request as the server takes to answer it.
 */
export class HttpClient {
  readonly #url: URL;
  readonly #idle: Connection[] = [];
  readonly #all: Connection[] = [];

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** @throws Error for any status but 200: a bench of refusals measures nothing */
  async send(
    method: string,
    path: string,
    given: { body?: object; token?: string; tenantId?: string } = {},
  ): Promise<BenchAnswer> {
    const body = given.body === undefined ? '' : JSON.stringify(given.body);
    const lines = [`${method} ${path} HTTP/1.1`, `Host: ${this.#url.host}`];
    if (given.token !== undefined) lines.push(`Authorization: Bearer ${given.token}`);
    if (given.tenantId !== undefined) lines.push(`X-Tenant-Id: ${given.tenantId}`);
    if (body !== '') lines.push('Content-Type: application/json', `Content-Length: ${body.length}`);
    const connection = this.#take();
    const answer = await connection.send(`${lines.join('\r\n')}\r\n\r\n`, body);
    this.#idle.push(connection);
    return answer;
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  /** The server closes what was idle between two measurements. */
  #take(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.closed) return idle;
    }
    return this.#open();
  }

  #open(): Connection {
    const connection = new Connection(this.#url);
    this.#all.push(connection);
    return connection;
  }
}

/** Signs in as a program does. */
export function login(client: HttpClient, email: string, password: string): Promise<BenchAnswer> {
  return client.send('POST', '/auth/login', { body: { email, password, transport: 'body' } });
}
