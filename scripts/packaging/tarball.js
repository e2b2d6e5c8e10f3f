'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, readdirSync, readFileSync } = require('node:fs');
const { join, sep } = require('node:path');

/** What may be published; anything else in the tarball is there by accident. */
const PUBLISHED = /^(dist\/(src|migrations)\/|package\.json$|README\.md$|LICENSE$)/;

/** Runs a program and gives its output; a failure shows everything and ends the check. */
function run(program, args, options = {}) {
  const done = spawnSync(program, args, { encoding: 'utf8', ...options });
  if (done.error) throw done.error;
  if (done.status === 0) return done.stdout;
  throw new Error(`${program} ${args.join(' ')} failed:\n${done.stdout}${done.stderr}`);
}

/** Packs the library as a release would; the path of the tarball. */
function pack(root, folder) {
  // npm's JSON output differs between its versions; the file it leaves does not.
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    shell: process.platform === 'win32',
  });
  const [name] = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  return join(folder, name);
}

/** Unpacks a tarball of npm into a folder and gives the manifest of the package. */
function unpack(tarball, folder) {
  mkdirSync(folder, { recursive: true });
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder]);
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** Every path that the manifest promises. */
function promisedPaths({ main, types, bin = {}, exports }) {
  const leaves = (value) =>
    typeof value === 'string' ? [value] : Object.values(value).flatMap(leaves);
  return [main, types, ...leaves(bin), ...leaves(exports)];
}

/** What is wrong with an unpacked package, one sentence each. */
function problemsOf(folder, manifest) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    );
  const stray = files.filter((file) => !PUBLISHED.test(file));
  const missing = promisedPaths(manifest).filter((path) => !existsSync(join(folder, path)));
  const untyped = files
    .filter((file) => /^dist\/.*(?<!\.worker)\.js$/.test(file))
    .filter((file) => !files.includes(file.replace(/\.js$/, '.d.ts')));
  const bins = Object.values(manifest.bin ?? {})
    .filter((path) => existsSync(join(folder, path)))
    .filter(
      (path) => !readFileSync(join(folder, path), 'utf8').startsWith('#!/usr/bin/env node\n'),
    );
  return [
    ...stray.map((file) => `${file} should not be published`),
    ...missing.map((path) => `package.json names ${path}, which is not in the package`),
    ...untyped.map((file) => `${file} has no declarations`),
    ...bins.map((path) => `${path} does not start with #!/usr/bin/env node`),
  ];
}

module.exports = { pack, problemsOf, run, unpack };
