import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { SECRETS } from './auth-options';

export const ADMIN = { email: 'admin@example.test', password: 'an administrator of the tests 1' };

/** Limits out of the way: what is tested here is not throttling. */
const ENVIRONMENT = {
  NODE_ENV: 'test',
  PORT: '0',
  PUBLIC_URL: 'https://api.example.org',
  PORTCULLIS_SECRETS: SECRETS.first,
  PORTCULLIS_PEPPERS: '1:mN5bV8cX1zL4kJ7hG0fD3sA6pO9iU2yT',
  PORTCULLIS_ADMIN_EMAIL: ADMIN.email,
  PORTCULLIS_ADMIN_PASSWORD: ADMIN.password,
  BCRYPT_COST: '10',
  HASH_QUEUE_PER_SOURCE: '1000',
  HASH_QUEUE_LIMIT: '10000',
  HASH_WAIT_SECONDS: '60',
  THROTTLE_LOGIN_LIMIT: '1000000',
  THROTTLE_REFRESH_LIMIT: '1000000',
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
  /** Ends it as a supervisor would, and resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Starts an instance of the built server on a database; it migrates by itself. */
export async function startServerProcess(
  databaseUrl: string,
  variables: Record<string, string> = {},
): Promise<ServerProcess> {
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
  const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  const url = await firstUrl(child, lines, exited);
  return {
    url,
    pid: child.pid!,
    output: () => lines.join('\n'),
    async stop() {
      child.kill('SIGTERM');
      const code = await exited;
      rmSync(directory, { recursive: true, force: true });
      return code;
    },
  };
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
