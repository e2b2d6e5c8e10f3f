import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = resolve(__dirname, '..');
const CLIENT = './packages/client/src';

/** Bytes that a browser loads at most, minified and compressed. */
export const CORE_BAR = 6144;
export const REACT_BAR = 8192;

/** What an application imports, and the folder from which its packages are found. */
export interface Bundle {
  readonly source: string;
  readonly folder: string;
}

const CREATE = `export { createAuthClient } from '${CLIENT}/index.ts';`;

/** The client as an application imports it; with React, which the application has anyway, left out. */
export const CORE: Bundle = { source: CREATE, folder: ROOT };
export const REACT: Bundle = {
  source: `${CREATE} export * from '${CLIENT}/react/index.ts';`,
  folder: ROOT,
};
export const SERVER: Bundle = subpath('server');
export const TESTING: Bundle = subpath('testing');

function subpath(name: string): Bundle {
  return { source: `export * from '${CLIENT}/${name}/index.ts';`, folder: ROOT };
}

/** Bytes of a bundle for today's browsers: tree-shaken and minified by esbuild, then gzip at its best. */
export async function sizeOf({ source, folder }: Bundle): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: folder, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    external: ['react', 'react/jsx-runtime', 'react-dom'],
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'none',
    logLevel: 'error',
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).byteLength;
}
