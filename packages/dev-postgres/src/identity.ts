import { spawn, spawnSync } from 'node:child_process';
import { lstat, readdir, lchown } from 'node:fs/promises';
import { join } from 'node:path';

/** The user that runs the server, where it is another than the one that runs Node. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** "nobody" on every system that matters here; PostgreSQL refuses to run as root. */
const UNPRIVILEGED: Identity = { uid: 65534, gid: 65534 };

/** Whether this process is root, and the server therefore needs another identity. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/**
 * The identity to run the server of `cluster` under: `undefined` keeps our own. Root runs a cluster
 * that an ordinary user made as that user, so that the user can still start it afterwards.
 */
export async function identityFor(cluster: string): Promise<Identity | undefined> {
  if (!isRoot()) return undefined;
  const owner = await lstat(join(cluster, 'PG_VERSION')).catch(() => undefined);
  if (owner === undefined || owner.uid === 0) return UNPRIVILEGED;
  return { uid: owner.uid, gid: owner.gid };
}

/** Hands `path` and everything below it to `identity`. */
export async function giveTo(identity: Identity | undefined, path: string): Promise<void> {
  if (identity === undefined) return;
  const info = await lstat(path);
  if (info.uid !== identity.uid) await lchown(path, identity.uid, identity.gid);
  if (!info.isDirectory()) return;
  for (const entry of await readdir(path)) await giveTo(identity, join(path, entry));
}

/** Whether `identity` can enter `directory`. It is asked, not computed: modes are not all there is. */
export function canEnter(identity: Identity | undefined, directory: string): boolean {
  if (identity === undefined) return true;
  const probe = ['-c', 'test -x "$1"', 'sh', directory];
  return spawnSync('/bin/sh', probe, { ...identity, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** What a server program may inherit: no `PG*` variable, no locale, no current directory. */
export function spawnOptions(identity: Identity | undefined): {
  readonly cwd: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
} {
  const env: NodeJS.ProcessEnv = { LC_ALL: 'C' };
  for (const name of ['PATH', 'SystemRoot', 'TEMP', 'TMP']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...identity, cwd: process.platform === 'win32' ? undefined : '/', env };
}

/** What a program that has ended left behind. */
export interface ProgramResult {
  /** The exit status; `null` when a signal ended it or it could not be started. */
  readonly status: number | null;
  /** Standard output and standard error, or why it could not be started. */
  readonly output: string;
}

/** Runs a PostgreSQL program to its end. Never rejects. */
export function runProgram(
  program: string,
  args: readonly string[],
  identity: Identity | undefined,
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    let output = '';
    const fail = (error: unknown): void => resolve({ status: null, output: String(error) });
    try {
      const child = spawn(program, args, {
        ...spawnOptions(identity),
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
      });
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.on('error', fail);
      child.on('close', (status) => resolve({ status, output: output.trim() }));
    } catch (error) {
      fail(error);
    }
  });
}
