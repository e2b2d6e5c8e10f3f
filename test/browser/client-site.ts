import { readFileSync } from 'node:fs';
import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { emptyDatabase, type TestDatabase } from '../support/database';
import { startServerProcess, type ServerProcess } from '../support/server-process';

const CLIENT = join(__dirname, '..', '..', 'packages', 'client', 'dist');

const PAGE = `<!doctype html>
<html lang="en">
<title>a page with the client</title>
<p id="who">…</p>
<script type="module" src="/page.js"></script>`;

/** The page shows who is signed in, and leaves its client where a test finds it. */
const SCRIPT = `import { createAuthClient } from '/client/index.js';
const options = Object.fromEntries(new URLSearchParams(location.search));
const auth = createAuthClient({
  clientId: options.clientId ?? 'web',
  shareToken: options.shareToken !== 'false',
});
const who = document.getElementById('who');
const show = () => {
  const state = auth.getState();
  who.textContent = state.user?.email ?? state.reason ?? state.status;
  who.dataset.status = state.status;
};
auth.subscribe(show);
window.auth = auth;
window.ended = [];
auth.onSignOut((reason) => window.ended.push(reason));
await auth.start();
show();`;

const POLICY = [
  `default-src 'none'`,
  `script-src 'self'`,
  `connect-src 'self'`,
  `base-uri 'none'`,
  `frame-ancestors 'none'`,
  `require-trusted-types-for 'script'`,
].join('; ');

/** One request that went through to the server. */
export interface Passed {
  readonly method: string;
  readonly path: string;
  /** Raw `Set-Cookie` lines of its answer. */
  readonly cookies: readonly string[];
  readonly status: number;
}

/**
 * A site of one origin: a page with the built client, and behind it the reference server with a real
 * database, as a reverse proxy would show both.
 */
export class ClientSite {
  readonly passed: Passed[] = [];
  /** Milliseconds for which every answer of the server is held back. */
  delay = 0;

  private constructor(
    private readonly front: Server,
    private readonly server: ServerProcess,
    private readonly database: TestDatabase,
    readonly url: string,
  ) {}

  static async start(): Promise<ClientSite> {
    const front = createServer();
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const url = `http://localhost:${(front.address() as AddressInfo).port}`;
    const database = await emptyDatabase();
    const server = await startServerProcess(database.url, { PUBLIC_URL: url, ORIGINS: url });
    const site = new ClientSite(front, server, database, url);
    front.on('request', (asked: IncomingMessage, answer: ServerResponse) =>
      site.#serve(asked, answer),
    );
    return site;
  }

  count(path: string): number {
    return this.passed.filter((passed) => passed.path === path).length;
  }

  /** Everything the server wrote. */
  get log(): string {
    return this.server.output();
  }

  async stop(): Promise<void> {
    this.front.closeAllConnections();
    await new Promise((resolve) => this.front.close(resolve));
    await this.server.stop();
    await this.database.drop();
  }

  #serve(asked: IncomingMessage, answer: ServerResponse): void {
    const path = new URL(asked.url ?? '/', this.url).pathname;
    if (path === '/' || path === '/elsewhere') send(answer, 'text/html', PAGE);
    else if (path === '/page.js') send(answer, 'text/javascript', SCRIPT);
    else if (path.startsWith('/client/')) {
      const file = normalize(join(CLIENT, path.slice('/client/'.length)));
      send(answer, 'text/javascript', readFileSync(file, 'utf8'));
    } else this.#pass(asked, answer, path);
  }

  #pass(asked: IncomingMessage, answer: ServerResponse, path: string): void {
    const target = new URL(asked.url ?? '/', this.server.url);
    const { method = 'GET', headers } = asked;
    const passing = request(target, { method, headers }, (response) => {
      const { statusCode: status = 0 } = response;
      this.passed.push({ method, path, status, cookies: response.headers['set-cookie'] ?? [] });
      setTimeout(() => {
        answer.writeHead(status, response.headers);
        response.pipe(answer);
      }, this.delay);
    });
    passing.on('error', () => answer.destroy());
    asked.pipe(passing);
  }
}

function send(answer: ServerResponse, type: string, body: string): void {
  answer.writeHead(200, {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': POLICY,
  });
  answer.end(body);
}
