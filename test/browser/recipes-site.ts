import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';
import { sendPage, type ClientSite, type Held } from './client-site';

const PAGES = join(__dirname, '..', 'recipes', 'pages');

export const APPLICATIONS = ['requests', 'query', 'react-router', 'tanstack-router'] as const;
export type Application = (typeof APPLICATIONS)[number];

/** Where the pages of an application are: at the root of the site, as in production. */
const FOLDERS = ['', 'login', 'papers'];

/** One request to the desk. */
export interface Paper {
  readonly method: string;
  /** The id in the token; undefined for nobody. */
  readonly userId: string | undefined;
}

/** The pages of the recipes, and an API beside them whose answers name the person that they are for. */
export class RecipesSite {
  /** Which application's pages are served. */
  application: Application = 'requests';
  readonly papers: Paper[] = [];
  /** Statuses of the next answers, before all is well again. */
  readonly failures: number[] = [];
  /** Keeps answers back. */
  held: Held | undefined;

  static async mount(site: ClientSite): Promise<RecipesSite> {
    const scripts = await bundled();
    const recipes = new RecipesSite();
    site.mount('recipes', (path, _asked, answer) =>
      sendPage(answer, 'text/javascript', scripts.get(path.slice('/recipes/'.length))!),
    );
    for (const folder of FOLDERS) {
      site.mount(folder, (_path, _asked, answer) =>
        sendPage(answer, 'text/html', pageOf(recipes.application)),
      );
    }
    site.mount('desk', (_path, asked, answer) => recipes.#desk(asked, answer));
    return recipes;
  }

  reset(): void {
    this.papers.length = 0;
    this.failures.length = 0;
    this.held?.release();
    this.held = undefined;
  }

  async #desk({ method = 'GET', headers }: IncomingMessage, answer: ServerResponse): Promise<void> {
    const userId = subjectOf(headers.authorization);
    this.papers.push({ method, userId });
    const status = this.failures.shift() ?? 200;
    await this.held?.pass();
    answer.writeHead(status, { 'content-type': 'text/plain' }).end(`papers of ${userId}`);
  }
}

/** Whose token it is. */
export function subjectOf(authorization: string | undefined): string | undefined {
  const claims = authorization?.split('.')[1];
  if (claims === undefined) return undefined;
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { readonly sub: string }).sub;
}

function pageOf(application: Application): string {
  return `<!doctype html>
<html lang="en">
<title>a page of the recipes</title>
<div id="root"></div>
<script type="module" src="/recipes/${application}.js"></script>`;
}

/** As an application ships them. */
async function bundled(): Promise<ReadonlyMap<string, string>> {
  const { outputFiles } = await build({
    entryPoints: APPLICATIONS.map((name) =>
      join(PAGES, name === 'requests' ? `${name}.ts` : `${name}.tsx`),
    ),
    outdir: PAGES,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  });
  return new Map(outputFiles.map(({ path, text }) => [path.slice(PAGES.length + 1), text]));
}
