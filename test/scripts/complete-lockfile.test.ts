import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

function run(
  root: string,
  ...args: string[]
): { readonly status: number | null; readonly text: string } {
  const script = join(root, 'scripts', 'complete-lockfile.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
  });
  return { status, text: stdout + stderr };
}

it('the lockfile of this repository is complete and names no host', () => {
  expect(run(ROOT, '--check')).toEqual({ status: 0, text: 'package-lock.json is complete\n' });
  expect(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(
    /"resolved": "\w+:\/\//,
  );
});

describe('a lockfile from a registry without every platform', () => {
  const root = mkdtempSync(join(tmpdir(), 'portcullis-lockfile-test-'));
  const lockfile = join(root, 'package-lock.json');
  const packages = {
    '': { name: 'project', dependencies: { a: '1.0.0' } },
    'node_modules/a': {
      version: '1.0.0',
      resolved: 'https://registry.example/a/-/a-1.0.0.tgz',
      integrity: 'sha512-x',
      dev: true,
      optionalDependencies: {
        '@a/linux-x64-gnu': '1.2.3',
        '@a/windows-x64': '1.2.3-beta.4',
        '@a/binding-linux-arm64-musl': '1.2.3',
        '@a/darwin-arm64': '1.2.3',
      },
    },
    'node_modules/a/node_modules/@a/darwin-arm64': { version: '1.2.3', optional: true },
    'node_modules/@a/linux-x64-gnu': { version: '1.2.3', optional: true },
  };

  beforeAll(() => {
    mkdirSync(join(root, 'scripts'));
    cpSync(
      join(ROOT, 'scripts', 'complete-lockfile.js'),
      join(root, 'scripts', 'complete-lockfile.js'),
    );
  });
  beforeEach(() =>
    writeFileSync(lockfile, JSON.stringify({ lockfileVersion: 3, packages }, null, 2)),
  );
  afterAll(() => rmSync(root, { recursive: true }));

  it('gets the missing platforms, and loses its addresses', () => {
    expect(run(root)).toMatchObject({ status: 0 });
    const completed = JSON.parse(readFileSync(lockfile, 'utf8')) as { packages: typeof packages };
    const { resolved, ...a } = packages['node_modules/a'];
    expect(resolved).toContain('registry.example');
    expect(completed.packages).toEqual({
      ...packages,
      'node_modules/a': a,
      'node_modules/@a/windows-x64': {
        version: '1.2.3-beta.4',
        cpu: ['x64'],
        dev: true,
        optional: true,
        os: ['win32'],
      },
      'node_modules/@a/binding-linux-arm64-musl': {
        version: '1.2.3',
        cpu: ['arm64'],
        dev: true,
        libc: ['musl'],
        optional: true,
        os: ['linux'],
      },
    });
  });

  it('is left as it is the second time', () => {
    run(root);
    const once = readFileSync(lockfile, 'utf8');
    expect(run(root).text).toBe('package-lock.json is complete\n');
    expect(readFileSync(lockfile, 'utf8')).toBe(once);
  });

  it('fails the check, which changes nothing', () => {
    const before = readFileSync(lockfile, 'utf8');
    expect(run(root, '--check')).toMatchObject({ status: 1 });
    expect(readFileSync(lockfile, 'utf8')).toBe(before);
  });
});
