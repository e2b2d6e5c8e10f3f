import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { PAGE_HEADERS } from './page-headers';

/** Whom the client claims to be is not passed on: the front says who asked (RFC 7239 §8.1). */
const CLAIMS = /^(?:forwarded|x-forwarded-.*|x-real-ip)$/;

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

/**
 * Starts one, as a reverse proxy would stand in production: cookies of the API are first-party, and no
 * rule across origins is needed.
 *
 * @param port TCP port of the loopback; 0 lets the operating system choose
 */
export async function startFront(port: number, pages: PageHandler): Promise<Front> {
  let target: URL | undefined;
  const server = createServer((asked, answer) => {
    const path = pathBelow(API_PATH, asked.url ?? '/');
    if (path !== undefined) {
      pass(asked, answer, target, path);
      return;
    }
    for (const [name, value] of Object.entries(PAGE_HEADERS)) answer.setHeader(name, value);
    pages(asked, answer);
  });
  await listen(server, port);
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    forwardTo: (url) => void (target = new URL(url)),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function pathBelow(prefix: string, url: string): string | undefined {
  return url.startsWith(`${prefix}/`) ? url.slice(prefix.length) : undefined;
}

function pass(
  asked: IncomingMessage,
  answer: ServerResponse,
  target: URL | undefined,
  path: string,
): void {
  if (target === undefined) {
    away(answer);
    return;
  }
  const { hostname, port } = target;
  const claimless = Object.entries(asked.headers).filter(([name]) => !CLAIMS.test(name));
  const headers = {
    ...Object.fromEntries(claimless),
    'x-forwarded-for': asked.socket.remoteAddress ?? '',
  };
  const passing = request({ hostname, port, path, method: asked.method, headers }, (from) => {
    answer.writeHead(from.statusCode ?? 502, from.headers);
    from.pipe(answer);
  });
  passing.on('error', () => away(answer));
  answer.on('close', () => passing.destroy());
  asked.pipe(passing);
}

/** As proxies do: with a page of their own, which no client may take for an answer of the API. */
function away(answer: ServerResponse): void {
  if (answer.headersSent) {
    answer.destroy();
    return;
  }
  answer.writeHead(502, { ...PAGE_HEADERS, 'content-type': 'text/plain; charset=utf-8' });
  answer.end('The API is away.\n');
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
