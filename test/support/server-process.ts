import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { SECRETS } from './auth-options';

export const ADMIN = { email: 'admin@example.test', password: 'an administrator of the tests 1' };

/** The one that passwords are keyed with. */
export const PEPPER = 'mN5bV8cX1zL4kJ7hG0fD3sA6pO9iU2yT';

/** Limits out of the way: what is tested here is not throttling. */
const ENVIRONMENT = {
  NODE_ENV: 'test',
  PORT: '0',
  PUBLIC_URL: 'https://api.example.org',
  PORTCULLIS_SECRETS: SECRETS.first,
  PORTCULLIS_PEPPERS: `1:${PEPPER}`,
  PORTCULLIS_ADMIN_EMAIL: ADMIN.email,
  PORTCULLIS_ADMIN_PASSWORD: ADMIN.password,
  BCRYPT_COST: '10',
  HASH_QUEUE_PER_SOURCE: '1000',
  HASH_QUEUE_LIMIT: '10000',
  HASH_WAIT_SECONDS: '60',
  THROTTLE_LOGIN_LIMIT: '1000000',
  THROTTLE_REFRESH_LIMIT: '1000000',
  THROTTLE_PAGES_LIMIT: '1000000',
  THROTTLE_ACCOUNT_LIMIT: '1000000',
  THROTTLE_APPLICATION_LIMIT: '1000000',
  GUESSING_SOURCE_CAP: '1000000',
};

/** One instance of the reference server, as a process of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** Everything it wrote so far. */
  output(): string;
  /** Undefined as long as it runs; null where a signal ended it. */
  exitCode(): number | null | undefined;
  /** Ends it as a supervisor would, and resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Ends it as the kernel would, without a word. */
  kill(): Promise<void>;
}

/** An instance that may not listen yet. */
export interface LaunchedProcess {
  /** Everything it wrote so far. */
  output(): string;
  /** Resolves when it listens; rejects with what it wrote when it ended before. */
  readonly started: Promise<ServerProcess>;
}

/** Starts an instance of the built server on a database; it migrates by itself. */
export function startServerProcess(
  databaseUrl: string,
  variables: Record<string, string> = {},
): Promise<ServerProcess> {
  return launchServerProcess(databaseUrl, variables).started;
}

/** The same, for who has something to do before it listens. */
export function launchServerProcess(
  databaseUrl: string,
  variables: Record<string, string> = {},
): LaunchedProcess {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-process-'));
  const child = spawn(process.execPath, [resolve('dist/server/main.js')], {
    env: {
      PATH: process.env.PATH,
      ...ENVIRONMENT,
      DATABASE_URL: databaseUrl,
      PORTCULLIS_DATA_DIRECTORY: directory,
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let exitCode: number | null | undefined;
  const exited = new Promise<number | null>((done) => {
    child.once('exit', (code) => done((exitCode = code)));
  });
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> => {
    child.kill(signal);
    const code = await exited;
    rmSync(directory, { recursive: true, force: true });
    return code;
  };
  const output = () => lines.join('\n');
  const started = firstUrl(child, lines, exited).then((url) => ({
    url,
    pid: child.pid!,
    output,
    exitCode: () => exitCode,
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL');
    },
  }));
  return { output, started };
}

function firstUrl(
  child: ChildProcess,
  lines: string[],
  exited: Promise<number | null>,
): Promise<string> {
  return new Promise((found, failed) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const url = /^portcullis listening on (\S+)$/.exec(line)?.[1];
        if (url !== undefined) found(url);
      });
    }
    void exited.then((code) => failed(new Error(`exit ${code}\n${lines.join('\n')}`)));
  });
}
