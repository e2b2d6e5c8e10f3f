import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as ask,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

const PROBE_MILLISECONDS = 100;
/** Of one connection to the next, so not of a request that goes through. */
const HOP_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/** What a probe of `/health/ready` found; 0 where nothing answered. */
export interface Finding {
  readonly status: number;
  readonly at: number;
}

interface Upstream {
  readonly url: URL;
  readonly agent: Agent;
  isReady: boolean;
  served: number;
  /** Changes only. */
  readonly findings: Finding[];
}

/**
 * A reverse proxy as fleets have one: it asks each instance whether it is ready, sends requests in
 * turn to those that are, over connections that it keeps, and never repeats a request.
 */
export class Balancer {
  readonly #upstreams: readonly Upstream[];
  readonly #server: Server;
  readonly #probing: NodeJS.Timeout;
  #next = 0;

  private constructor(urls: readonly string[]) {
    this.#upstreams = urls.map((url) => ({
      url: new URL(url),
      agent: new Agent({ keepAlive: true }),
      isReady: false,
      served: 0,
      findings: [],
    }));
    this.#server = createServer((request, response) => this.#forward(request, response));
    this.#probing = setInterval(() => this.#probeAll(), PROBE_MILLISECONDS);
  }

  static async start(urls: readonly string[]): Promise<Balancer> {
    const balancer = new Balancer(urls);
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  isReady(index: number): boolean {
    return this.#upstreams[index]!.isReady;
  }

  /** Requests that an instance answered so far. */
  servedBy(index: number): number {
    return this.#upstreams[index]!.served;
  }

  /** What the probes of an instance found, one entry for each change. */
  findingsOf(index: number): readonly Finding[] {
    return this.#upstreams[index]!.findings;
  }

  async close(): Promise<void> {
    clearInterval(this.#probing);
    this.#server.close();
    this.#server.closeAllConnections();
    for (const { agent } of this.#upstreams) agent.destroy();
    await once(this.#server, 'close');
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const upstream = this.#pick();
    if (upstream === undefined) {
      response.writeHead(503).end();
      return;
    }
    const { agent, url } = upstream;
    const { method, url: path } = request;
    const headers = endToEnd(request.headers);
    const forwarded = ask(url, { agent, method, path, headers }, (answer) => {
      upstream.served += 1;
      response.writeHead(answer.statusCode!, endToEnd(answer.headers));
      answer.pipe(response);
    });
    forwarded.on('error', (error) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end(`${url.port}: ${error.message}`);
    });
    request.pipe(forwarded);
  }

  #pick(): Upstream | undefined {
    for (let tries = 0; tries < this.#upstreams.length; tries++) {
      const upstream = this.#upstreams[this.#next++ % this.#upstreams.length]!;
      if (upstream.isReady) return upstream;
    }
    return undefined;
  }

  #probeAll(): void {
    for (const upstream of this.#upstreams) {
      const found = (status: number) => {
        upstream.isReady = status === 200;
        if (upstream.findings.at(-1)?.status === status) return;
        upstream.findings.push({ status, at: performance.now() });
      };
      const probe = ask(new URL('/health/ready', upstream.url), { agent: false }, (answer) => {
        answer.resume();
        found(answer.statusCode!);
      });
      probe.on('error', () => found(0));
      probe.end();
    }
  }
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name)));
}
