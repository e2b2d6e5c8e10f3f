import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DevPostgresError, systemCode } from './errors';
import { runProgram, type Identity } from './identity';
import { programPath, type Installation } from './locate';
import { isRunning, mayServe, pollUntil } from './processes';

/** What `postmaster.pid` says about the server that runs, or ran, on a cluster. */
export interface Postmaster {
  readonly pid: number;
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** Whether it takes connections; otherwise it is starting or stopping. */
  readonly ready: boolean;
}

function pidFile(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}

/** Lines of the file: pid, data directory, start, port, socket folder, address, memory, status. */
function parse(text: string): Postmaster {
  const lines = text.split('\n');
  return {
    pid: Math.abs(Number(lines[0])),
    port: Number(lines[3]),
    ready: lines[7]?.trim() === 'ready',
  };
}

/** The server that runs on the cluster, read from its `postmaster.pid`; `undefined` when none does. */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  try {
    const found = parse(await readFile(pidFile(cluster), 'utf8'));
    return found.pid > 0 && (await mayServe(found.pid, cluster)) ? found : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new DevPostgresError('data_directory_unusable', `${cluster}: ${String(error)}`, {
      cause: error,
    });
  }
}

/**
 * Removes the `postmaster.pid` of a dead server. PostgreSQL does that itself, except where the
 * process id belongs to something else by now: there it would refuse to start for ever.
 */
export async function removeStaleFile(cluster: string): Promise<void> {
  const file = pidFile(cluster);
  const aside = join(cluster, `postmaster.pid.${randomUUID()}`);
  try {
    const before = parse(await readFile(file, 'utf8'));
    if (!isRunning(before.pid) || (await mayServe(before.pid, cluster))) return;
    await rename(file, aside);
    // Another process may have cleaned up and started a server since we looked: give its file back.
    const moved = parse(await readFile(aside, 'utf8'));
    if (moved.pid !== before.pid) await link(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

const FAST_STOP_MS = 15_000;
const IMMEDIATE_STOP_MS = 5_000;

/**
 * Stops the server: open connections are closed, what was committed is kept.
 *
 * @throws DevPostgresError `stop_failed`
 */
export async function stopPostmaster(
  cluster: string,
  installation: Installation,
  identity: Identity | undefined,
): Promise<void> {
  const found = await findPostmaster(cluster);
  if (found === undefined) return;
  const { pid } = found;
  const gone = (): true | undefined => (isRunning(pid) ? undefined : true);

  if (process.platform === 'win32') {
    // Windows has no signals; pg_ctl speaks PostgreSQL's own substitute for them.
    const args = ['stop', '-D', cluster, '-m', 'fast', '-w'];
    await runProgram(programPath(installation, 'pg_ctl'), args, identity);
  } else {
    for (const [signal, timeoutMs] of [
      ['SIGINT', FAST_STOP_MS],
      ['SIGQUIT', IMMEDIATE_STOP_MS],
    ] as const) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (systemCode(error) === 'ESRCH') return;
        throw new DevPostgresError('stop_failed', `PostgreSQL (pid ${pid}): ${String(error)}`, {
          cause: error,
        });
      }
      if (await pollUntil(timeoutMs, gone)) return;
    }
  }
  if (await pollUntil(IMMEDIATE_STOP_MS, gone)) return;
  throw new DevPostgresError('stop_failed', `PostgreSQL (pid ${pid}) does not stop.`);
}
