import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { startServerProcess, type ServerProcess } from '../support/server-process';
import { execute } from '../support/test-server';
import { BARE_PAGE, PAGE, POLICY, SCRIPT } from './client-page';

const CLIENT = join(__dirname, '..', '..', 'packages', 'client', 'dist');

/** One request to something that is no page. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** What the browser sent along. */
  readonly headers: IncomingHttpHeaders;
  readonly status: number;
  /** The digest of what was sent to `/echo`. */
  readonly body?: string;
  /** Raw `Set-Cookie` lines of its answer. */
  readonly cookies: readonly string[];
  /** When it was answered, in milliseconds of the test's clock. */
  readonly at: number;
}

/** What something between the browser and the server answers in its place. */
export interface Intrusion {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What answers below a path that a suite brings pages of its own for. */
export type Mount = (
  path: string,
  asked: IncomingMessage,
  answer: ServerResponse,
) => void | Promise<void>;

/** Answers to one path that are kept back. */
export class Held {
  #release: () => void = () => undefined;
  #arrive: () => void = () => undefined;
  readonly released = new Promise<void>((resolve) => (this.#release = resolve));
  /** Resolves when the server has given the first of them. */
  readonly arrived = new Promise<void>((resolve) => (this.#arrive = resolve));

  /** Lets all of them go, and keeps no further one back. */
  release(): void {
    this.#release();
  }

  async pass(): Promise<void> {
    this.#arrive();
    await this.released;
  }
}

/**
 * A site of one origin: pages with the built client, an API of its own at `/echo`, and behind it the
 * reference server with a real database, as a reverse proxy would show them all.
 */
export class ClientSite {
  readonly exchanges: Exchange[] = [];
  /** Milliseconds that an answer of the server takes longer. */
  latencyMs = 0;
  readonly #held = new Map<string, Held>();
  readonly #intrusions = new Map<string, Intrusion[]>();
  readonly #mounts = new Map<string, Mount>();

  private constructor(
    private readonly front: Server,
    private readonly server: ServerProcess,
    private readonly database: TestDatabase,
    readonly url: string,
  ) {}

  /** @param given the database to use and to drop; without it one of the run's own */
  static async start(
    variables: Record<string, string> = {},
    given?: TestDatabase,
  ): Promise<ClientSite> {
    const front = createServer();
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const url = `http://localhost:${(front.address() as AddressInfo).port}`;
    const database = given ?? (await emptyDatabase());
    const server = await startServerProcess(database.url, {
      PUBLIC_URL: url,
      ORIGINS: `${url},${neighbourOf(url, 'app')}`,
      ...variables,
    });
    const site = new ClientSite(front, server, database, url);
    front.on('request', (asked: IncomingMessage, answer: ServerResponse) => {
      site.#serve(asked, answer).catch(() => answer.destroy());
    });
    return site;
  }

  /** The same server under the name of another site: `app.localhost`, `evil.localhost`. */
  neighbour(name: string): string {
    return neighbourOf(this.url, name);
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  sql(...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    return execute(this.database.url, ...statements);
  }

  /** How often the audit holds an action. */
  async audited(action: string): Promise<number> {
    const rows = await this.sql(
      `SELECT count(*)::int AS times FROM auth.audit_events WHERE action = '${action}'`,
    );
    return Number(rows[0]!['times']);
  }

  asked(path: string): readonly Exchange[] {
    return this.exchanges.filter((exchange) => exchange.path === path);
  }

  /** What was asked of the library's own routes; a browser also asks for an icon, when it likes. */
  get askedOfAuth(): readonly Exchange[] {
    return this.exchanges.filter(({ path }) => path.startsWith('/auth/'));
  }

  count(path: string): number {
    return this.asked(path).length;
  }

  /** Keeps the server's answers to a path back: what it did is done, and the browser does not know. */
  hold(path: string): Held {
    const held = new Held();
    this.#held.set(path, held);
    return held;
  }

  /** The next requests to a path are answered so, and reach no server. */
  intrude(path: string, ...intrusions: readonly Intrusion[]): void {
    this.#intrusions.set(path, [...intrusions]);
  }

  /** Further pages, below `/folder/`. They are not among the exchanges. */
  mount(folder: string, answers: Mount): void {
    this.#mounts.set(folder, answers);
  }

  /** Forgets what was asked, and lets go whatever a test kept back. */
  reset(): void {
    this.exchanges.length = 0;
    for (const held of this.#held.values()) held.release();
    this.#held.clear();
    this.#intrusions.clear();
  }

  /** Everything the server wrote. */
  get log(): string {
    return this.server.output();
  }

  async stop(): Promise<void> {
    this.reset();
    this.front.closeAllConnections();
    await new Promise((resolve) => this.front.close(resolve));
    await this.server.stop();
    await this.database.drop();
  }

  async #serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const path = new URL(asked.url ?? '/', this.url).pathname;
    const intrusion = this.#intrusions.get(path)?.shift();
    const mount = this.#mounts.get(path.split('/', 2)[1] ?? '');
    if (intrusion !== undefined) {
      const body = digestOf(await buffer(asked));
      this.#record(asked, { path, body, status: intrusion.status });
      await this.#held.get(path)?.pass();
      answer.writeHead(intrusion.status, intrusion.headers).end(intrusion.body);
    } else if (mount !== undefined) await mount(path, asked, answer);
    else if (['/', '/elsewhere', '/login'].includes(path)) {
      sendPage(answer, 'text/html', PAGE);
    } else if (path === '/bare') answer.writeHead(200, HTML).end(BARE_PAGE);
    else if (path === '/page.js') sendPage(answer, 'text/javascript', SCRIPT);
    else if (path.startsWith('/client/')) {
      const file = normalize(join(CLIENT, path.slice('/client/'.length)));
      sendPage(answer, 'text/javascript', readFileSync(file, 'utf8'));
    } else if (path === '/echo') await this.#echo(asked, answer);
    else await this.#pass(asked, answer, path);
  }

  /** An API that says what it was sent. */
  async #echo(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(asked);
    const digest = digestOf(body);
    this.#record(asked, { path: '/echo', body: digest, status: 200 });
    await this.#held.get('/echo')?.pass();
    answer.writeHead(200, { 'content-type': 'application/json' });
    answer.end(JSON.stringify({ bytes: body.length, digest, type: asked.headers['content-type'] }));
  }

  async #pass(asked: IncomingMessage, answer: ServerResponse, path: string): Promise<void> {
    const target = new URL(asked.url ?? '/', this.server.url);
    const { method = 'GET', headers } = asked;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      asked.pipe(request(target, { method, headers }, resolve).on('error', reject));
    });
    const { statusCode: status = 0 } = response;
    this.#record(asked, { path, status, cookies: response.headers['set-cookie'] });
    await this.#held.get(path)?.pass();
    if (this.latencyMs > 0) await sleep(this.latencyMs);
    answer.writeHead(status, response.headers);
    response.pipe(answer);
  }

  #record({ method = 'GET', headers }: IncomingMessage, { cookies = [], ...rest }: Recorded): void {
    this.exchanges.push({ method, headers, cookies, at: performance.now(), ...rest });
  }
}

interface Recorded extends Pick<Exchange, 'path' | 'status' | 'body'> {
  readonly cookies?: readonly string[] | undefined;
}

function digestOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

const HTML = { 'content-type': 'text/html; charset=utf-8' };

/** Under the policy of every page here. */
export function sendPage(answer: ServerResponse, type: string, body: string): void {
  answer.writeHead(200, {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': POLICY,
  });
  answer.end(body);
}

function neighbourOf(url: string, name: string): string {
  return url.replace('//localhost', `//${name}.localhost`);
}
