import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from './errors';
import { isRunning, pollUntil, startMark } from './processes';

/** The note that one holder uses the server. It ends with its process, even with a killed one. */
export interface Lease {
  /** Gives the lease up and calls `stop` when nobody else holds one. May be called once. */
  end(stop: () => Promise<void>): Promise<void>;
}

/** A file name: `holding-<pid>-<uuid>`. The content tells a later process of that pid apart. */
const NAME = /^(holding|leaving)-(\d+)-/;

async function isAnyAlive(folder: string, kind: 'holding' | 'leaving'): Promise<boolean> {
  for (const name of await readdir(folder)) {
    const [, foundKind, pid] = NAME.exec(name) ?? [];
    if (foundKind !== kind || pid === undefined) continue;
    const path = join(folder, name);
    const mark = await readFile(path, 'utf8').catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (mark === undefined) continue;
    if (isRunning(Number(pid)) && startMark(Number(pid)) === mark) return true;
    await rm(path, { force: true });
  }
  return false;
}

/**
 * Takes a lease, and waits for a holder that is just stopping the server.
 *
 * Whoever comes first writes "holding" and then looks for "leaving"; whoever goes writes "leaving"
 * and then looks for "holding". At least one of two who meet sees the other, so that nobody is
 * handed a server that is about to stop.
 */
export async function takeLease(dataDirectory: string, timeoutMs: number): Promise<Lease> {
  const folder = join(dataDirectory, 'leases');
  await mkdir(folder, { recursive: true });
  const suffix = `${process.pid}-${randomUUID()}`;
  const holding = join(folder, `holding-${suffix}`);
  const leaving = join(folder, `leaving-${suffix}`);
  // Written aside first: a half-written note reads as one of a dead process.
  const draft = join(folder, `draft-${suffix}`);
  await writeFile(draft, startMark(process.pid));
  await rename(draft, holding);
  await pollUntil(timeoutMs, async () =>
    (await isAnyAlive(folder, 'leaving')) ? undefined : true,
  );

  return {
    async end(stop) {
      try {
        await rename(holding, leaving);
        if (!(await isAnyAlive(folder, 'holding'))) await stop();
      } catch (error) {
        // The directory was deleted under the server: nobody can share it any more.
        if (systemCode(error) !== 'ENOENT') throw error;
        await stop();
      } finally {
        await rm(leaving, { force: true });
      }
    },
  };
}
