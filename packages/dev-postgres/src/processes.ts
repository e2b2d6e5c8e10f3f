import { readFileSync, readlinkSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from './errors';

/** What Linux tells anybody about a process; `undefined` where it is not told. */
interface ProcessFacts {
  readonly command: string;
  readonly state: string;
  /** Clock ticks between boot and the start of the process: tells a reused pid apart. */
  readonly startedAt: string;
}

function factsOf(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc(5): "pid (command) state …"; the command may itself hold spaces and parentheses.
    const end = stat.lastIndexOf(')');
    const rest = stat.slice(end + 2).split(' ');
    const command = stat.slice(stat.indexOf('(') + 1, end);
    return { command, state: rest[0] ?? '', startedAt: rest[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** Whether a process with this id runs. A zombie does not: nothing of it is left but its id. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') return false;
  }
  const state = factsOf(pid)?.state;
  return state !== 'Z' && state !== 'X';
}

/** A text that changes when the id is reused by another process; empty outside Linux. */
export function startMark(pid: number): string {
  return factsOf(pid)?.startedAt ?? '';
}

/**
 * Whether `pid` can be the postmaster that serves `cluster`. Container restarts hand the same low
 * ids out again, and PostgreSQL would then refuse to start beside a process that is no server.
 */
export async function mayServe(pid: number, cluster: string): Promise<boolean> {
  if (!isRunning(pid)) return false;
  const facts = factsOf(pid);
  if (facts === undefined) return true;
  if (facts.command !== 'postgres') return false;
  try {
    // The postmaster changes into its data directory, and stays there.
    return readlinkSync(`/proc/${pid}/cwd`) === (await realpath(cluster));
  } catch {
    return true;
  }
}

/** Calls `probe` until it answers something, or until `timeoutMs` have passed (`undefined`). */
export async function pollUntil<T>(
  timeoutMs: number,
  probe: () => T | undefined | Promise<T | undefined>,
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (let delayMs = 5; ; delayMs = Math.min(delayMs * 2, 50)) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadline) return undefined;
    await sleep(delayMs);
  }
}
