import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** A program of `dist` in a process of its own. */
export interface ServerProcess {
  readonly child: ChildProcess;
  /** Everything it printed so far, on both streams. */
  output(): string;
  /** The address it listens on, once it says so. */
  listening(): Promise<string>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts it with exactly this environment, and the way to find programs. */
export function startProcess(
  variables: Record<string, string>,
  args: readonly string[] = ['dist/server/main.js'],
): ServerProcess {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH, NO_COLOR: '1', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const hear = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  const listening = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = /^portcullis listening on (\S+)$/m.exec(output);
        if (found?.[1] !== undefined) resolve(found[1]);
      };
      child.stdout.on('data', look);
      look();
      void ended.then((code) => reject(new Error(`It ended with ${String(code)}:\n${output}`)));
    });
  return { child, output: () => output, listening, ended };
}
