import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { PageHandler } from './front-server';

/** What the built server of examples/ssr exports. */
interface BuiltServer {
  createSsr(options: {
    readonly apiUrl: string;
    readonly assets: { readonly script: string; readonly style: string };
  }): PageHandler;
}

const FAVICON = join(__dirname, '..', 'spa', 'public', 'favicon.svg');

/** The pages of examples/ssr with their assets. They ask an API, which may move. */
export class SsrPages {
  readonly #server: BuiltServer;
  readonly #files: ReadonlyMap<string, { readonly type: string; readonly body: Buffer }>;
  readonly #assets: { readonly script: string; readonly style: string };
  #pages: PageHandler | undefined;

  /** @param folder where the built files are */
  constructor(folder: string) {
    this.#server = createRequire(join(folder, 'server.cjs'))('./server.cjs') as BuiltServer;
    const script = readFileSync(join(folder, 'assets', 'browser.js'));
    const style = readFileSync(join(folder, 'assets', 'design.css'));
    this.#assets = {
      script: `/assets/browser-${digestOf(script)}.js`,
      style: `/assets/design-${digestOf(style)}.css`,
    };
    this.#files = new Map([
      [this.#assets.script, { type: 'text/javascript; charset=utf-8', body: script }],
      [this.#assets.style, { type: 'text/css; charset=utf-8', body: style }],
      ['/favicon.svg', { type: 'image/svg+xml', body: readFileSync(FAVICON) }],
    ]);
  }

  /** Where the API listens from now on. */
  ask(apiUrl: string): void {
    this.#pages = this.#server.createSsr({ apiUrl, assets: this.#assets });
  }

  readonly handle: PageHandler = (asked, answer) => {
    const path = (asked.url ?? '/').split('?', 1)[0] ?? '/';
    const file = this.#files.get(path);
    if (file !== undefined) {
      const isLasting = path.startsWith('/assets/');
      answer.writeHead(200, {
        'content-type': file.type,
        'content-length': file.body.length,
        'cache-control': isLasting ? 'public, max-age=31536000, immutable' : 'no-cache',
      });
      answer.end(asked.method === 'HEAD' ? undefined : file.body);
      return;
    }
    if (this.#pages === undefined) answer.writeHead(503, { 'retry-after': '1' }).end();
    else this.#pages(asked, answer);
  };
}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 10);
}
