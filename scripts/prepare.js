#!/usr/bin/env node
'use strict';

/*
 * Runs before `npm start` and `npm test`, so that both work on a fresh clone: installs and builds,
 * each only when needed. Built-in modules only: there may be no node_modules yet.
 *
 * With --record it only notes that the present sources have been built; `npm run build` does that.
 */

const { spawnSync } = require('child_process');
const { createHash } = require('crypto');
const { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } = require('fs');
const { basename, join } = require('path');

const ROOT = join(__dirname, '..');
const BUILD_RECORD = join(ROOT, 'dist', '.built-from');
const COMMAND = join(ROOT, 'dist', 'src', 'command-line', 'main.js');

/** What a build reads. Folders are read whole, but for what the build itself or npm put there. */
const SOURCES = ['src', 'server', 'migrations', 'packages', 'ormconfig.ts', 'package-lock.json'];
const SOURCES_BY_NAME = /^(nest-cli|tsconfig.*)\.json$/;
const NOT_SOURCES = new Set(['node_modules', 'dist']);

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Whether version 20.19.1 is in a range like "^20.19.0 || >=24.11.0". */
function isInRange(version, range) {
  const actual = version.split('.').map(Number);
  return range.split('||').some((part) => {
    const match = /^\s*(\^|>=)(\d+)\.(\d+)\.(\d+)\s*$/.exec(part);
    if (match === null) throw new Error(`package.json: engines.node: "${part}" is not understood`);
    const wanted = match.slice(2).map(Number);
    const differing = wanted.findIndex((number, index) => number !== actual[index]);
    const isAtLeast = differing === -1 || actual[differing] > wanted[differing];
    return isAtLeast && (match[1] === '>=' || actual[0] === wanted[0]);
  });
}

function checkNode() {
  const { name, engines } = readJson(join(ROOT, 'package.json'));
  if (isInRange(process.versions.node, engines.node)) return;
  fail(`${name} needs Node ${engines.node}, and this is ${process.version}: https://nodejs.org`);
}

/**
 * Whether node_modules is what package-lock.json asks for. npm keeps its own record of what it
 * installed, last of all: an interrupted installation has none.
 */
function isInstalled() {
  const record = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = readJson(join(ROOT, 'package-lock.json')).packages;
  const actual = readJson(record).packages;
  const isAsWanted = ([path, entry]) => {
    if (path === '') return true;
    const found = actual[path];
    // A platform package, or one that could not be built here: left out is as good as installed.
    if (found === undefined) return entry.optional === true;
    if (found.version !== entry.version) return false;
    return entry.integrity === undefined || found.integrity === entry.integrity;
  };
  // A node_modules that was copied from another machine holds that machine's programs.
  const isForeign = ({ os, cpu }) =>
    (os !== undefined && !os.includes(process.platform)) ||
    (cpu !== undefined && !cpu.includes(process.arch));
  return (
    Object.entries(wanted).every(isAsWanted) &&
    Object.entries(actual).every(([path, entry]) => path in wanted && !isForeign(entry))
  );
}

function filesBelow(path) {
  if (!existsSync(join(ROOT, path))) return [];
  if (!statSync(join(ROOT, path)).isDirectory()) return [path];
  return readdirSync(join(ROOT, path))
    .filter((name) => !NOT_SOURCES.has(name))
    .flatMap((name) => filesBelow(`${path}/${name}`));
}

/** Changes with every byte and every name that a build reads. */
function sourceDigest() {
  const named = readdirSync(ROOT).filter((name) => SOURCES_BY_NAME.test(name));
  const digest = createHash('sha256');
  for (const path of [...SOURCES, ...named].flatMap(filesBelow).sort()) {
    const content = readFileSync(join(ROOT, path));
    digest.update(`${path}\0${content.length}\0`).update(content);
  }
  return digest.digest('hex');
}

function isBuilt(digest) {
  if (!existsSync(BUILD_RECORD) || readFileSync(BUILD_RECORD, 'utf8') !== digest) return false;
  const packages = filesBelow('packages').filter((path) =>
    /^packages\/[^/]+\/package.json$/.test(path),
  );
  return packages
    .filter((path) => (readJson(join(ROOT, path)).scripts || {}).build !== undefined)
    .every((path) => existsSync(join(ROOT, path, '..', 'dist')));
}

function npm(...args) {
  // Set by npm for its scripts: the very npm that runs us. Another package manager sets it to itself.
  const own = process.env.npm_execpath || '';
  const isNpm = /^npm(-cli)?\.[cm]?js$/.test(basename(own));
  const [program, first] = isNpm ? [process.execPath, [own]] : ['npm', []];
  const { status, error } = spawnSync(program, [...first, ...args], {
    cwd: ROOT,
    // The output of `npm start` and `npm test` is theirs.
    stdio: ['ignore', 2, 2],
    shell: !isNpm && process.platform === 'win32',
  });
  if (status !== 0) fail(`npm ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

function say(text) {
  console.error(`prepare: ${text}`);
}

function fail(text) {
  say(text);
  process.exit(1);
}

function prepare() {
  checkNode();
  if (!isInstalled()) {
    say('installing dependencies (npm ci); the first time this takes a few minutes …');
    // NODE_ENV=production or omit=dev would leave out what builds and tests.
    npm('ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error');
  }
  const digest = sourceDigest();
  if (!isBuilt(digest)) {
    say('building (npm run build) …');
    npm('run', '--silent', 'build');
    // The digest from before the build: what was edited meanwhile is built the next time.
    writeFileSync(BUILD_RECORD, digest);
  }
}

if (process.argv.includes('--record')) {
  writeFileSync(BUILD_RECORD, sourceDigest());
  // npx links to this folder and makes the command executable once; a build makes a new file of it.
  if (existsSync(COMMAND)) chmodSync(COMMAND, 0o755);
} else prepare();
