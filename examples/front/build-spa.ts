import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

const SPA = join(__dirname, '..', 'spa');

/**
 * Builds examples/spa with Vite.
 *
 * @returns the folder with the built files
 */
export async function buildSpa(): Promise<string> {
  const vite = join(dirname(require.resolve('vite/package.json')), 'bin', 'vite.js');
  const lines: string[] = [];
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, [vite, 'build', SPA, '--logLevel', 'warn'], {
      // A test's own NODE_ENV would build React for development.
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
    }
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`vite build failed:\n${lines.join('')}`);
  return join(SPA, 'dist');
}
