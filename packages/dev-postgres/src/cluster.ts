import { randomBytes, randomUUID } from 'node:crypto';
import {
  access,
  chmod,
  constants,
  lstat,
  mkdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries';
import { DevPostgresError, systemCode } from './errors';
import { canEnter, giveTo, identityFor, isRoot, runProgram, type Identity } from './identity';
import { programPath } from './locate';
import { shelteredName } from './shelter';

/** The superuser of every cluster made here. */
export const SUPERUSER = 'postgres';

/** What a crash of the machine may cost: nothing, or everything. */
export type Durability = 'full' | 'relaxed';

const PASSWORD_FILE = 'dev-postgres.password';

/** `PGDATA`. Below root's 0700 home it is a symbolic link to where the server's user can reach it. */
export function clusterPath(dataDirectory: string): string {
  return join(dataDirectory, 'cluster');
}

/**
 * Makes the data directory.
 *
 * @throws DevPostgresError `data_directory_unusable`
 */
export async function makeDataDirectory(dataDirectory: string): Promise<void> {
  try {
    await mkdir(dataDirectory, { recursive: true });
    // The server's user has to pass through, and mkdtemp, for one, makes 0700.
    const { mode, uid } = await stat(dataDirectory);
    if (isRoot() && uid === 0) await chmod(dataDirectory, mode | 0o011);
    await access(dataDirectory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unusable(dataDirectory, error);
  }
}

function unusable(dataDirectory: string, cause: unknown): DevPostgresError {
  return new DevPostgresError(
    'data_directory_unusable',
    `The data directory ${dataDirectory} cannot be used: ${String(cause)}. If another user made it, delete it or start as that user.`,
    { cause },
  );
}

/**
 * The major version the cluster needs; `undefined` when there is no cluster yet.
 *
 * @throws DevPostgresError `data_directory_unusable`
 */
export async function clusterMajor(dataDirectory: string): Promise<number | undefined> {
  const cluster = clusterPath(dataDirectory);
  try {
    return Number(await readFile(join(cluster, 'PG_VERSION'), 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw unusable(dataDirectory, error);
  }
}

/**
 * The superuser's password, which only the server's user and root can read.
 *
 * @throws DevPostgresError `data_directory_unusable`
 */
export async function clusterPassword(dataDirectory: string): Promise<string> {
  try {
    return await readFile(join(clusterPath(dataDirectory), PASSWORD_FILE), 'utf8');
  } catch (error) {
    throw unusable(dataDirectory, error);
  }
}

/**
 * Makes the cluster. It is built aside and put in place by one atomic step, so that of two
 * processes which do this at once one wins and the other uses its work.
 *
 * @throws DevPostgresError `init_failed`, `data_directory_unusable`
 */
export async function makeCluster(
  dataDirectory: string,
  binaries: Binaries,
  identity: Identity | undefined,
  durability: Durability,
): Promise<void> {
  const sheltered = !canEnter(identity, dataDirectory);
  const staging = sheltered
    ? await shelteredName(identity)
    : join(dataDirectory, `.new-${randomUUID()}`);
  try {
    await mkdir(staging, { mode: 0o700 });
    const made = await initialize(staging, binaries, identity, durability);
    const cluster = clusterPath(dataDirectory);
    await removeDangling(cluster);
    const placed = await ifFirst(() =>
      sheltered ? symlink(made, cluster) : rename(made, cluster),
    );
    if (placed && sheltered) return;
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error instanceof DevPostgresError ? error : unusable(dataDirectory, error);
  }
  await rm(staging, { recursive: true, force: true });
}

async function initialize(
  staging: string,
  { installation }: Binaries,
  identity: Identity | undefined,
  durability: Durability,
): Promise<string> {
  const cluster = join(staging, 'cluster');
  const passwordFile = join(staging, PASSWORD_FILE);
  await writeFile(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' });
  await giveTo(identity, staging);
  const { status, output } = await runProgram(
    programPath(installation, 'initdb'),
    [
      `--pgdata=${cluster}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-instructions',
      ...(durability === 'relaxed' ? ['--no-sync'] : []),
    ],
    identity,
  );
  if (status !== 0) {
    // A container may run under an id that its /etc/passwd does not list.
    const isUnknown = output.includes('user does not exist');
    const remedy = isUnknown ? 'Add the user to /etc/passwd, or set DATABASE_URL.' : '';
    const text = `initdb failed: ${output}\n${remedy}`.trim();
    throw new DevPostgresError('init_failed', text);
  }
  await rename(passwordFile, join(cluster, PASSWORD_FILE));
  return cluster;
}

/** What the link of an earlier run led to may be gone, as when a shelter was emptied. */
async function removeDangling(cluster: string): Promise<void> {
  const link = await readlink(cluster).catch(() => undefined);
  const target = await stat(cluster).catch(() => undefined);
  if (link !== undefined && target === undefined) await rm(cluster, { force: true });
}

async function ifFirst(step: () => Promise<void>): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}

/** Hands a cluster that root owns (after `chown -R root`, or a copy) to the server's user. */
export async function claimCluster(dataDirectory: string): Promise<Identity | undefined> {
  const cluster = clusterPath(dataDirectory);
  const identity = await identityFor(cluster);
  const version = await lstat(join(cluster, 'PG_VERSION')).catch(() => undefined);
  if (identity !== undefined && version?.uid === 0) await giveTo(identity, `${cluster}/.`);
  return identity;
}

/** Deletes the cluster, wherever it lies, and the data directory. The server must have stopped. */
export async function removeCluster(dataDirectory: string): Promise<void> {
  const cluster = clusterPath(dataDirectory);
  const sheltered = await readlink(cluster).catch(() => undefined);
  if (sheltered !== undefined) {
    await rm(sheltered, { recursive: true, force: true });
    // The link leads to <shelter>/cluster-<id>/cluster, and nothing else is in the folder.
    await rmdir(join(sheltered, '..')).catch(() => undefined);
  }
  await rm(dataDirectory, { recursive: true, force: true });
}
