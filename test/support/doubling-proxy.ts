import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The answers to one request that was delivered twice. */
export interface Doubled {
  readonly what: string;
  readonly statuses: readonly number[];
  readonly bodies: readonly Readonly<Record<string, unknown>>[];
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Hop-by-hop headers, and what `fetch` sets itself. */
const OWN_HEADERS = new Set(['connection', 'content-length', 'host', 'keep-alive']);

/**
 * A reverse proxy that delivers each POST twice at once, to two instances: what a proxy does that
 * takes a slow answer for a lost one. The client gets the answer that comes first.
 */
export class DoublingProxy {
  readonly doubled: Doubled[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  constructor(private readonly urls: readonly [string, string]) {}

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = 'GET', url: path = '/' } = request;
    const targets = method === 'POST' ? this.urls : this.urls.slice(0, 1);
    const replies = targets.map((target) => forward(request, `${target}${path}`, body));
    // The client hears the first; the test wants to know both before it goes on.
    const first = await Promise.race(replies);
    const all = await Promise.all(replies);
    if (method === 'POST') {
      this.doubled.push({
        what: `${method} ${path}`,
        statuses: all.map(({ status }) => status),
        bodies: all.map(({ text }) => (text === '' ? {} : (JSON.parse(text) as object))),
      } as Doubled);
    }
    const type = first.headers.get('content-type');
    response.writeHead(first.status, type === null ? {} : { 'content-type': type });
    response.end(first.text);
  }
}

async function forward(request: IncomingMessage, url: string, body: Buffer): Promise<Reply> {
  const headers = Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.has(name));
  const response = await fetch(url, {
    method: request.method,
    headers: headers.map(([name, value]) => [name, String(value)]),
    body: body.length === 0 ? undefined : new Uint8Array(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
