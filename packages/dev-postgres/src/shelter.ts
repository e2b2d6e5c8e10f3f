import { randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevPostgresError, systemCode } from './errors';
import { canEnter, isRoot, type Identity } from './identity';

const FOLDER_NAME = 'portcullis-dev-postgres';

/**
 * Folders outside the project that the server's user can reach, best first. Used only when the
 * project itself is out of reach, as below root's 0700 home.
 */
function candidates(): readonly string[] {
  if (!isRoot()) return [join(tmpdir(), `${FOLDER_NAME}-${process.geteuid?.() ?? 'user'}`)];
  return ['/var/lib', '/var/tmp', tmpdir()].map((parent) => join(parent, FOLDER_NAME));
}

/**
 * Whether the folder is ours alone. In a world-writable parent somebody else may have made one of
 * that name first, and could exchange the programs that we would run from it.
 */
async function isOurs(folder: string): Promise<boolean> {
  const info = await lstat(folder);
  if (!info.isDirectory()) return false;
  if (process.geteuid === undefined) return true;
  return info.uid === process.geteuid() && (info.mode & 0o022) === 0;
}

/** The folders that are ours and reachable for `identity`, best first, each made when it is asked for. */
export async function* shelters(identity: Identity | undefined): AsyncGenerator<string> {
  for (const folder of candidates()) {
    try {
      await mkdir(folder);
      await chmod(folder, isRoot() ? 0o711 : 0o700);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') continue;
    }
    if ((await isOurs(folder)) && canEnter(identity, folder)) yield folder;
  }
}

/** A fresh name in the best shelter, for a cluster whose own directory is out of reach. */
export async function shelteredName(identity: Identity | undefined): Promise<string> {
  for await (const folder of shelters(identity)) return join(folder, `cluster-${randomUUID()}`);
  throw new DevPostgresError(
    'data_directory_unusable',
    `The data directory is out of reach for the user that runs PostgreSQL (uid ${identity?.uid}), and so are ` +
      `${candidates().join(', ')}. Move the project to a folder that every user may enter, or set DATABASE_URL.`,
  );
}
