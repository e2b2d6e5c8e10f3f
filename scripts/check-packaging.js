'use strict';

/*
 * Proves that what we publish works in a new application and nothing is missing from it: packs the
 * library, gives it to an empty Nest application (once as CommonJS, once as ES modules), compiles the
 * quick start there, migrates a real PostgreSQL, and signs in.
 *
 * The packages that the application and the library declare are linked from this repository, and no
 * others. With --install the ordinary `npm install` fetches them instead.
 */

const { randomBytes } = require('node:crypto');
const { cpSync, mkdirSync, mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { applicationPackages, linkPackages, writeApplication } = require('./packaging/application');
const { withDatabase } = require('./packaging/database');
const { pack, problemsOf, run, unpack } = require('./packaging/tarball');
const { startServer, walkThrough } = require('./packaging/walk-through');

const ROOT = join(__dirname, '..');
const INSTALL = process.argv.includes('--install');

function install(application, tarball) {
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', tarball];
  run('npm', args, { cwd: application, shell: process.platform === 'win32' });
}

function link(application, library, packages, manifest) {
  const modules = join(application, 'node_modules');
  mkdirSync(join(modules, '@portcullis'), { recursive: true });
  cpSync(library, join(modules, '@portcullis', 'nest'), { recursive: true });
  linkPackages(ROOT, modules, [...Object.keys(packages), ...Object.keys(manifest.dependencies)]);
}

/** Compiles the application. What other packages' declarations lack is not ours to say. */
function compile(application) {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  try {
    run(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], { cwd: application });
  } catch (error) {
    const own = error.message
      .split('\n')
      .filter((line) => /error TS/.test(line))
      .filter((line) => /^src\/|@portcullis\/nest\//.test(line) || !/^\S+\(\d+,\d+\)/.test(line));
    if (own.length > 0) {
      throw new Error(`it does not compile:\n${own.join('\n')}`, { cause: error });
    }
  }
}

async function tryOut(application) {
  await withDatabase(async (url) => {
    const env = {
      PATH: process.env.PATH,
      DATABASE_URL: url,
      AUTH_SECRET: randomBytes(32).toString('base64url'),
      AUTH_PEPPER: randomBytes(32).toString('base64url'),
    };
    run(process.execPath, ['dist/accounts.js'], { cwd: application, env });
    const server = await startServer(application, env);
    const failure = await walkThrough(server.url).catch((error) => error);
    await server.stop();
    if (failure) throw new Error(`${failure.message}\n${server.output()}`, { cause: failure });
  });
}

async function checkPackaging(folder) {
  run(process.execPath, [join(__dirname, 'prepare.js')], { stdio: 'inherit' });
  const tarball = pack(ROOT, folder);
  const library = join(folder, 'library');
  const manifest = unpack(tarball, library);
  const problems = problemsOf(library, manifest);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  console.log('the package holds what it promises');

  const packages = applicationPackages(ROOT, manifest);
  for (const type of ['commonjs', 'module']) {
    const application = join(folder, type);
    writeApplication(application, { type, dependencies: packages });
    if (INSTALL) install(application, tarball);
    else link(application, library, packages, manifest);
    compile(application);
    await tryOut(application);
    console.log(`a new application (${type}) compiles, migrates, boots, refuses and allows`);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'portcullis-package-'));
checkPackaging(folder)
  .catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  })
  .finally(() => rmSync(folder, { recursive: true, force: true }));
