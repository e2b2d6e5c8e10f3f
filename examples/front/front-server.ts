import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { endToEnd, headersForApi } from './handed-on';
import { PAGE_HEADERS } from './page-headers';

/** Below this path of its origin a front hands requests on to the API, without the path. */
export const API_PATH = '/api';

/** What a front answers by itself: everything that is not the API's. */
export type PageHandler = (asked: IncomingMessage, answer: ServerResponse) => void;

/** One origin as a browser sees it: the pages of an example, and the API beside them. */
export interface Front {
  readonly url: string;
  /** Where the API listens from now on; until then it is away. */
  forwardTo(target: string): void;
  close(): Promise<void>;
}

/** How a front treats the API. */
export interface FrontOptions {
  /** Milliseconds for which the API may say nothing, before or in an answer. @default 30000 */
  readonly patienceMs?: number;
}

/**
 * Starts one, as a reverse proxy would stand in production: cookies of the API are first-party, and no
 * rule across origins is needed.
 *
 * @param port TCP port of the loopback; 0 lets the operating system choose
 */
export async function startFront(
  port: number,
  pages: PageHandler,
  { patienceMs = 30_000 }: FrontOptions = {},
): Promise<Front> {
  const passing = new Passing(patienceMs);
  const server = createServer((asked, answer) => {
    const path = pathBelow(API_PATH, asked.url ?? '/');
    if (path !== undefined) {
      passing.pass({ asked, answer, path });
      return;
    }
    for (const [name, value] of Object.entries(PAGE_HEADERS)) answer.setHeader(name, value);
    pages(asked, answer);
  });
  await listen(server, port);
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    forwardTo: (url) => passing.forwardTo(url),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
        passing.close();
      }),
  };
}

function pathBelow(prefix: string, url: string): string | undefined {
  return url.startsWith(`${prefix}/`) ? url.slice(prefix.length) : undefined;
}

interface Passage {
  readonly asked: IncomingMessage;
  readonly answer: ServerResponse;
  readonly path: string;
}

/** Hands requests on to the API, and its answers back. */
class Passing {
  readonly #agent = new Agent({ keepAlive: true });
  #target: URL | undefined;

  constructor(private readonly patienceMs: number) {}

  forwardTo(target: string): void {
    this.#target = new URL(target);
  }

  close(): void {
    this.#agent.destroy();
  }

  pass({ asked, answer, path }: Passage): void {
    if (this.#target === undefined) {
      away(asked, answer, 502);
      return;
    }
    const { hostname, port } = this.#target;
    const passing = request({
      agent: this.#agent,
      hostname,
      port,
      path,
      method: asked.method,
      headers: headersForApi(asked.headers, asked.socket.remoteAddress),
    });
    let status: 502 | 504 = 502;
    passing.setTimeout(this.patienceMs, () => {
      status = 504;
      passing.destroy(new Error('the API says nothing'));
    });
    passing.on('response', (from) => {
      // A status that is none would be thrown at us when we write it.
      if (from.statusCode === undefined || from.statusCode < 200) {
        passing.destroy(new Error('the API says no status'));
        return;
      }
      answer.writeHead(from.statusCode, endToEnd(from.headers));
      // Whichever of the two breaks off ends the other, so that nobody waits for the rest.
      pipeline(from, answer, () => undefined);
    });
    passing.on('upgrade', (_from, socket) => socket.destroy());
    passing.on('error', () => away(asked, answer, status));
    passing.on('close', () => away(asked, answer, status));
    answer.on('close', () => passing.destroy());
    asked.pipe(passing);
  }
}

/** As proxies do: with a page of their own, which no client may take for an answer of the API. */
function away(asked: IncomingMessage, answer: ServerResponse, status: 502 | 504): void {
  if (answer.headersSent) return;
  answer.writeHead(status, { ...PAGE_HEADERS, 'content-type': 'text/plain; charset=utf-8' });
  answer.end('The API is away.\n');
  // Nobody listens to the rest of a form, and the client may read no answer before it has sent it.
  asked.unpipe().resume();
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
