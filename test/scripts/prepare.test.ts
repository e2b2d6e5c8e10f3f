import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPT = join(__dirname, '..', '..', 'scripts', 'prepare.js');

/** A project with one dependency of its own and one for development, built by copying a file. */
class Project {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-prepare-test-')));

  constructor() {
    mkdirSync(join(this.root, 'scripts'));
    cpSync(SCRIPT, join(this.root, 'scripts', 'prepare.js'));
    mkdirSync(join(this.root, 'src'));
    writeFileSync(join(this.root, 'src', 'main.ts'), 'first');
    this.write('tool/package.json', { name: 'tool', version: '1.0.0' });
    const devDependencies = { tool: 'file:tool' };
    const scripts = { build: 'node build.js', postbuild: 'node scripts/prepare.js --record' };
    const engines = { node: '>=18.0.0' };
    this.write('package.json', {
      name: 'project',
      version: '1.0.0',
      engines,
      scripts,
      devDependencies,
    });
    this.write('package-lock.json', {
      name: 'project',
      version: '1.0.0',
      lockfileVersion: 3,
      packages: {
        '': { name: 'project', version: '1.0.0', engines, devDependencies },
        'node_modules/tool': { resolved: 'tool', link: true },
        tool: { version: '1.0.0', dev: true },
      },
    });
    const build = [
      "const fs = require('fs');",
      "require.resolve('tool/package.json');",
      "fs.rmSync('dist', { recursive: true, force: true });",
      "fs.mkdirSync('dist');",
      "fs.copyFileSync('src/main.ts', 'dist/main.js');",
    ];
    writeFileSync(join(this.root, 'build.js'), build.join('\n'));
  }

  write(path: string, content: object): void {
    mkdirSync(join(this.root, path, '..'), { recursive: true });
    writeFileSync(join(this.root, path), JSON.stringify(content, null, 2));
  }

  /** Runs the script from another folder; answers what it says that it did. */
  prepare(environment: NodeJS.ProcessEnv = {}): {
    readonly status: number | null;
    readonly did: string[];
  } {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(this.root, 'scripts', 'prepare.js')],
      {
        cwd: tmpdir(),
        encoding: 'utf8',
        env: { ...process.env, ...environment },
      },
    );
    expect(stdout).toBe('');
    const did = [...stderr.matchAll(/^prepare: (.*)$/gm)].map(([, text]) => text ?? '');
    return { status, did };
  }
}

const INSTALL = 'installing dependencies (npm ci); the first time this takes a few minutes …';
const BUILD = 'building (npm run build) …';

describe('the step before npm start and npm test', () => {
  const project = new Project();
  afterAll(() => rmSync(project.root, { recursive: true }));

  it('installs and builds a fresh clone, under NODE_ENV=production and in CI too', () => {
    const environment = { NODE_ENV: 'production', CI: 'true', npm_config_omit: 'dev' };
    expect(project.prepare(environment)).toEqual({ status: 0, did: [INSTALL, BUILD] });
    expect(readFileSync(join(project.root, 'dist', 'main.js'), 'utf8')).toBe('first');
  });

  it('does nothing the second time', () => {
    expect(project.prepare()).toEqual({ status: 0, did: [] });
  });

  it('builds when a source changed, even where its time did not', () => {
    const source = join(project.root, 'src', 'main.ts');
    const { atime, mtime } = statSync(source);
    appendFileSync(source, ' and second');
    utimesSync(source, atime, mtime);
    expect(project.prepare()).toEqual({ status: 0, did: [BUILD] });
    expect(readFileSync(join(project.root, 'dist', 'main.js'), 'utf8')).toBe('first and second');
  });

  it('builds when dist is gone, or of an unfinished build', () => {
    rmSync(join(project.root, 'dist'), { recursive: true });
    expect(project.prepare()).toEqual({ status: 0, did: [BUILD] });
    rmSync(join(project.root, 'dist', '.built-from'));
    expect(project.prepare()).toEqual({ status: 0, did: [BUILD] });
  });

  it('accepts what `npm run build` built', () => {
    appendFileSync(join(project.root, 'src', 'main.ts'), ' and third');
    const { status } = spawnSync('npm', ['run', 'build'], { cwd: project.root, shell: true });
    expect(status).toBe(0);
    expect(project.prepare()).toEqual({ status: 0, did: [] });
  });

  it('installs when node_modules is gone, unfinished or of another lockfile', () => {
    rmSync(join(project.root, 'node_modules'), { recursive: true });
    expect(project.prepare().did).toEqual([INSTALL]);
    const record = join(project.root, 'node_modules', '.package-lock.json');
    rmSync(record);
    expect(project.prepare().did).toEqual([INSTALL]);
    const text = readFileSync(record, 'utf8');
    writeFileSync(
      record,
      text.replace('"version": "1.0.0",\n      "dev"', '"version": "0.9.0",\n      "dev"'),
    );
    expect(readFileSync(record, 'utf8')).not.toBe(text);
    expect(project.prepare().did).toEqual([INSTALL]);
  });

  it('installs again where node_modules came from a machine of another kind', () => {
    const record = join(project.root, 'node_modules', '.package-lock.json');
    const installed = JSON.parse(readFileSync(record, 'utf8')) as {
      packages: Record<string, object>;
    };
    installed.packages['tool'] = { ...installed.packages['tool'], os: ['beos'] };
    writeFileSync(record, JSON.stringify(installed));
    expect(project.prepare().did).toEqual([INSTALL]);
  });

  it('fails with the status of the build, and builds again the next time', () => {
    writeFileSync(join(project.root, 'src', 'main.ts'), 'fourth');
    const build = join(project.root, 'build.js');
    const good = readFileSync(build, 'utf8');
    writeFileSync(build, 'process.exit(3)');
    expect(project.prepare()).toMatchObject({
      status: 1,
      did: [BUILD, expect.stringContaining('failed')],
    });
    writeFileSync(build, good);
    expect(project.prepare()).toEqual({ status: 0, did: [BUILD] });
  });

  it.each(['>=99.0.0', `^${process.versions.node.split('.')[0] ?? ''}.99.0 || ^99.1.0`, '^1.0.0'])(
    'refuses a Node outside %s, naming both versions, before it touches anything',
    (range) => {
      const path = join(project.root, 'package.json');
      const manifest = readFileSync(path, 'utf8');
      writeFileSync(path, manifest.replace('>=18.0.0', range));
      rmSync(join(project.root, 'node_modules'), { recursive: true, force: true });
      const { status, did } = project.prepare();
      writeFileSync(path, manifest);
      expect(status).toBe(1);
      expect(did).toEqual([expect.stringMatching(/needs Node .*, and this is v/)]);
      expect(did[0]).toContain(range);
      expect(existsSync(join(project.root, 'node_modules'))).toBe(false);
    },
  );
});
