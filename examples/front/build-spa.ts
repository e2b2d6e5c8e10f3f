import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

const SPA = join(__dirname, '..', 'spa');

/** Builds examples/spa with Vite into a folder of the caller, who may not be the only one to build it. */
export async function buildSpa(folder: string): Promise<void> {
  const vite = join(dirname(require.resolve('vite/package.json')), 'bin', 'vite.js');
  const lines: string[] = [];
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [vite, 'build', SPA, '--outDir', folder, '--logLevel', 'warn'],
      {
        // A test's own NODE_ENV would build React for development.
        env: { ...process.env, NODE_ENV: 'production' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
    }
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`vite build failed:\n${lines.join('')}`);
}
