#!/usr/bin/env node
'use strict';

/*
 * Adds the optional platform packages that npm left out of package-lock.json, and removes addresses.
 *
 * Where a registry lacks a darwin or win32 package, npm writes a lockfile without it, and `npm ci`
 * fails on every machine that can see it: "Missing: … from lock file". Run after each change of
 * dependencies:  npm run lockfile          (add -- --check to fail instead of writing)
 */

const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const LOCKFILE = join(__dirname, '..', 'package-lock.json');

const SYSTEMS = {
  ...same('aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony'),
  ...same('sunos', 'win32'),
  windows: 'win32',
};
const PROCESSORS = same(
  ...['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'],
);
const LIBRARIES = { gnu: 'glibc', musl: 'musl' };

function same(...names) {
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** `@swc/core-linux-x64-gnu` → `{ os: ['linux'], cpu: ['x64'], libc: ['glibc'] }` */
function platformOf(name) {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  const pick = (table) => words.map((word) => table[word]).find((value) => value !== undefined);
  const [os, cpu, libc] = [pick(SYSTEMS), pick(PROCESSORS), pick(LIBRARIES)];
  if (os === undefined || cpu === undefined) return undefined;
  return { cpu: [cpu], libc: libc === undefined ? undefined : [libc], os: [os] };
}

/** Whether npm finds `name` from the package at `path`, walking up the node_modules folders. */
function isPresent(packages, path, name) {
  const nested = `${path}/node_modules/${name}`;
  if (packages[nested.replace(/^\//, '')] !== undefined) return true;
  if (path === '') return false;
  return isPresent(packages, path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/'))), name);
}

/** The missing entries, each keyed by its place in the lockfile. */
function missingEntries(packages) {
  const missing = new Map();
  for (const [path, owner] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
      if (isPresent(packages, path, name)) continue;
      const platform = platformOf(name);
      if (platform === undefined || !/^\d+\.\d+\.\d+[\w.+-]*$/.test(version)) {
        throw new Error(`${path || 'package.json'}: cannot complete ${name}@${version}`);
      }
      // The order of npm's own keys; JSON leaves out what is undefined.
      const { cpu, libc, os } = platform;
      const entry = { version, cpu, dev: owner.dev, libc, optional: true, os };
      missing.set(`node_modules/${name}`, entry);
    }
  }
  return missing;
}

/** Entries in the order npm writes them, so that the next `npm install` changes nothing. */
function sorted(packages) {
  const entries = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return Object.fromEntries(entries);
}

function complete(text) {
  const lockfile = JSON.parse(text);
  const { packages } = lockfile;
  const addresses = Object.values(packages).filter(({ resolved }) => /^[\w+]+:\/\//.test(resolved));
  for (const entry of addresses) delete entry.resolved;
  const missing = missingEntries(packages);
  if (missing.size > 0) {
    lockfile.packages = sorted({ ...packages, ...Object.fromEntries(missing) });
  }
  return {
    text: `${JSON.stringify(lockfile, null, 2)}\n`,
    added: missing.size,
    stripped: addresses.length,
  };
}

const before = readFileSync(LOCKFILE, 'utf8');
const after = complete(before);
const summary = `${after.added} platform packages missing, ${after.stripped} addresses`;
if (after.added === 0 && after.stripped === 0) {
  console.log('package-lock.json is complete');
} else if (process.argv.includes('--check')) {
  console.error(`package-lock.json: ${summary}. Run: npm run lockfile`);
  process.exitCode = 1;
} else {
  writeFileSync(LOCKFILE, after.text);
  console.log(`package-lock.json completed: ${summary}`);
}
