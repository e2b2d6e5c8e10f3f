import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A reverse proxy with an address that is known before the server behind it exists. */
export interface FrontProxy {
  /** The public URL, its path included. */
  readonly url: string;
  /** Sends everything on to a server from now on. */
  forwardTo(target: string): void;
  close(): Promise<void>;
}

/**
 * Starts one on the loopback.
 *
 * @param path what it takes off the front of a path, as a proxy does that serves an API below one; what
 * stands elsewhere it hands on as it is
 */
export async function startFrontProxy(path = ''): Promise<FrontProxy> {
  let target: URL | undefined;
  const server = createServer((incoming, answer) => {
    if (target === undefined) answer.writeHead(502).end();
    else forward(incoming, answer, target, path);
  });
  await listening(server);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${path}`,
    forwardTo: (url) => void (target = new URL(url)),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function forward(
  incoming: IncomingMessage,
  answer: ServerResponse,
  { hostname, port }: URL,
  path: string,
): void {
  const { url = '/', method, headers } = incoming;
  const inner = url.startsWith(`${path}/`) ? url.slice(path.length) : url;
  const outgoing = request(
    { hostname, port, path: inner, method, headers, agent: false },
    (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      from.pipe(answer);
    },
  );
  outgoing.on('error', () => answer.destroy());
  incoming.pipe(outgoing);
}

function listening(server: Server): Promise<void> {
  return new Promise((done) => server.listen(0, '127.0.0.1', done));
}
