import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a server or the proxy in front of it may go wrong. */
export interface Fault {
  /** Changes what reaches the real server. */
  readonly before?: (incoming: { headers: IncomingMessage['headers'] }) => void;
  /** Changes the head of an answer. */
  readonly head?: (headers: Record<string, unknown>, incoming: IncomingMessage) => void;
  /** Changes the body of an answer. */
  readonly body?: (text: string, incoming: IncomingMessage) => string;
  /** Answers by itself; `true` where it did. */
  readonly instead?: (incoming: IncomingMessage, response: ServerResponse) => boolean;
}

/** A proxy in front of a real server that makes one thing wrong. */
export interface WrongServer {
  readonly url: string;
  /** Everything that was asked of it. */
  readonly seen: readonly IncomingMessage[];
  close(): Promise<void>;
}

/** Stands in front of `target`, which believes that it is `publicUrl`. */
export async function startWrongServer(target: string, fault: Fault): Promise<WrongServer> {
  const seen: IncomingMessage[] = [];
  const server = createServer((incoming, response) => {
    seen.push(incoming);
    if (fault.instead?.(incoming, response) === true) return;
    const headers = { ...incoming.headers };
    fault.before?.({ headers });
    const onward = request(new URL(incoming.url ?? '/', target), {
      method: incoming.method,
      headers,
    });
    onward.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => void chunks.push(chunk));
      answer.on('end', () => {
        const head: Record<string, unknown> = { ...answer.headers };
        fault.head?.(head, incoming);
        const text = Buffer.concat(chunks).toString();
        const body = fault.body?.(text, incoming) ?? text;
        delete head['transfer-encoding'];
        if (answer.statusCode !== 204) head['content-length'] = Buffer.byteLength(body);
        response.sendDate = false;
        response.writeHead(answer.statusCode ?? 0, head as Record<string, string>).end(body);
      });
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
