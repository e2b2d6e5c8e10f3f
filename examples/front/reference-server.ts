import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(__dirname, '..', '..', 'dist', 'server', 'main.js');

/** An account that the server made for show. */
export interface DemoAccount {
  readonly email: string;
  readonly role: string;
  readonly password: string;
}

/** The reference server, as a process of its own. */
export interface ReferenceServer {
  readonly url: string;
  readonly pid: number;
  readonly accounts: readonly DemoAccount[];
  /** Everything that it wrote so far. */
  output(this: void): string;
  /** Resolves when it ended by itself. */
  readonly ended: Promise<void>;
  /** Ends it as a supervisor would, and its database with it. */
  stop(): Promise<void>;
}

/** Starts the built server as `npm start` does. */
export async function startReferenceServer(
  variables: Readonly<Record<string, string | undefined>>,
): Promise<ReferenceServer> {
  const child = spawn(process.execPath, [MAIN], {
    env: variables,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C asks every process of the terminal at once; this one ends when it is told to.
    detached: true,
  });
  const lines: string[] = [];
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((found, failed) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const listening = /^portcullis listening on (\S+)$/.exec(line)?.[1];
        if (listening !== undefined) found(listening);
      });
    }
    child.once('error', failed);
    void ended.then(() => failed(new Error(`the server ended:\n${lines.join('\n')}`)));
  });
  return {
    url,
    pid: child.pid ?? 0,
    accounts: lines.flatMap(readAccount),
    output: () => lines.join('\n'),
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The server prints each password once, on the start that made the account. */
function readAccount(line: string): DemoAccount[] {
  const [, email, role, password] = /^ {2}(\S+@\S+) +([a-z]+) +([\w-]{24})$/.exec(line) ?? [];
  if (email === undefined || role === undefined || password === undefined) return [];
  return [{ email, role, password }];
}
