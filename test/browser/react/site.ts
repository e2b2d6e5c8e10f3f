import { join } from 'node:path';
import { build } from 'esbuild';
import { sendPage, type ClientSite } from '../client-site';

const ROOT = join(__dirname, '..', '..', '..');

const PAGE = `<!doctype html>
<html lang="en">
<title>a page of components</title>
<body><script type="module" src="/react/page.js"></script></body>
</html>`;

/** Where the React of a major version lies. */
const FOLDERS = {
  18: join(ROOT, 'test', 'react-18', 'node_modules'),
  19: join(ROOT, 'node_modules'),
} as const;

export type ReactVersion = keyof typeof FOLDERS;

/** Puts the page of components below `/react/`, with React as developers have it. */
export async function mountReactPage(site: ClientSite, version: ReactVersion): Promise<void> {
  const script = await bundle(version);
  site.mount('react', (path, _asked, answer) => {
    if (path === '/react/page.js') sendPage(answer, 'text/javascript', script);
    else sendPage(answer, 'text/html', PAGE);
  });
}

async function bundle(version: ReactVersion): Promise<string> {
  const packages = ['react', 'react-dom'];
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, 'page.tsx')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    alias: Object.fromEntries(packages.map((name) => [name, join(FOLDERS[version], name)])),
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'warning',
  });
  return outputFiles[0]!.text;
}
