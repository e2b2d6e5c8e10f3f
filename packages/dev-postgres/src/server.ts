import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries';
import { DevPostgresError } from './errors';
import { spawnOptions, type Identity } from './identity';
import { programPath } from './locate';
import { findPostmaster, removeStaleFile, type Postmaster } from './postmaster';
import { pollUntil } from './processes';

/** How a server is started where none runs yet. */
export interface ServerStart {
  readonly dataDirectory: string;
  readonly cluster: string;
  readonly binaries: Binaries;
  readonly identity: Identity | undefined;
  /** Passed as `-c name=value`, after our own. */
  readonly settings: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** A server that takes connections. */
export interface RunningServer extends Postmaster {
  /** Whether this call started it; otherwise it ran already, or another process was faster. */
  readonly startedHere: boolean;
}

/**
 * What passes by itself: the backends of a killed postmaster end a little after it, and another
 * program may have been given the port between our look and our use. The locale is C, so the words
 * of PostgreSQL are these.
 */
const TRANSIENT = /shared memory block|lock file|could not bind|could not create any TCP/;
const RETRY_MS = 8_000;
const RETRY_PAUSE_MS = 200;
const LOG_LIMIT_BYTES = 10_000_000;

/** A TCP port that nobody listens on at this moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

function openLog(path: string): { readonly descriptor: number; readonly start: number } {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const isLarge = size > LOG_LIMIT_BYTES;
  return { descriptor: openSync(path, isLarge ? 'w' : 'a', 0o600), start: isLarge ? 0 : size };
}

/** Starts `postgres` once. Answers what ended it, or `undefined` when it takes connections. */
async function attempt(start: ServerStart): Promise<string | undefined> {
  const path = join(start.dataDirectory, 'server.log');
  const log = openLog(path);
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(await freePort()),
    unix_socket_directories: '',
    ...start.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(
    programPath(start.binaries.installation, 'postgres'),
    ['-D', start.cluster, ...args],
    {
      ...spawnOptions(start.identity),
      // Its own session: Ctrl-C in the terminal must reach the application first, which then stops
      // the server after its last query.
      detached: true,
      stdio: ['ignore', log.descriptor, log.descriptor],
      windowsHide: true,
    },
  );
  closeSync(log.descriptor);
  child.unref();
  let ended: string | undefined;
  child.on('error', (error) => (ended = String(error)));
  child.on('exit', () => {
    ended = readFileSync(path).subarray(log.start).toString().trim().slice(-2_000);
  });
  const outcome = await pollUntil(start.timeoutMs, async () => {
    if (ended !== undefined) return { reason: ended };
    const found = await findPostmaster(start.cluster);
    return found?.pid === child.pid && found?.ready ? { reason: undefined } : undefined;
  });
  return outcome === undefined ? `not ready after ${start.timeoutMs} ms` : outcome.reason;
}

/**
 * The server of the cluster: the one that runs, or a new one. PostgreSQL's own lock on the data
 * directory decides between processes that start at once; the loser uses the winner's server.
 *
 * @throws DevPostgresError `start_failed`, `data_directory_unusable`
 */
export async function ensureServer(start: ServerStart): Promise<RunningServer> {
  const deadline = performance.now() + start.timeoutMs;
  let retryUntil: number | undefined;
  let startedHere = false;
  for (;;) {
    const found = await findPostmaster(start.cluster);
    if (found?.ready) return { ...found, startedHere };
    if (performance.now() > deadline) throw startFailed('it is neither ready nor gone');
    if (found !== undefined) {
      await sleep(25);
      continue;
    }
    await removeStaleFile(start.cluster);
    const reason = await attempt(start);
    startedHere = reason === undefined;
    if (reason === undefined || (await findPostmaster(start.cluster)) !== undefined) continue;
    retryUntil ??= performance.now() + RETRY_MS;
    const isHopeless = !TRANSIENT.test(reason) || performance.now() > retryUntil;
    if (isHopeless) throw startFailed(reason);
    await sleep(RETRY_PAUSE_MS);
  }
}

function startFailed(reason: string): DevPostgresError {
  return new DevPostgresError('start_failed', `PostgreSQL did not start: ${reason}`);
}
