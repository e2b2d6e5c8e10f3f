import { join } from 'node:path';
import { build } from 'esbuild';

const SSR = join(__dirname, '..', 'ssr');

/**
 * Builds examples/ssr into a folder of the caller: the server's half whole, so that it runs from anywhere,
 * and the browser's in one file.
 */
export async function buildSsr(folder: string): Promise<void> {
  const common = { bundle: true, jsx: 'automatic', logLevel: 'warning' } as const;
  await Promise.all([
    build({
      ...common,
      entryPoints: [join(SSR, 'src', 'server.ts')],
      outfile: join(folder, 'server.cjs'),
      platform: 'node',
      format: 'cjs',
      define: { 'process.env.NODE_ENV': '"production"' },
    }),
    build({
      ...common,
      entryPoints: [join(SSR, 'src', 'browser.tsx')],
      outfile: join(folder, 'assets', 'browser.js'),
      format: 'esm',
      target: 'es2023',
      minify: true,
      define: { 'process.env.NODE_ENV': '"production"' },
    }),
    build({
      entryPoints: [join(SSR, '..', 'shared', 'design.css')],
      outfile: join(folder, 'assets', 'design.css'),
      minify: true,
      logLevel: 'warning',
    }),
  ]);
}
