'use strict';

const { readdirSync, readFileSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');
const { globalSetup, globalTeardown, ...shared } = require('./jest.config');

const TESTS = join(__dirname, 'test');

/** Files of `test/` that reach the server of a run, and names that start one or need a build. */
const SERVER_FILES = ['support/test-server.ts', 'support/database.ts'].map((name) =>
  join(TESTS, name),
);
const SERVER_NAMES = /^@portcullis\/dev-postgres$|packages\/dev-postgres\/|\/dist\//;

/** Without a database, yet too slow to run before each push. */
const SLOW = [
  'passwords/passwords.test.ts', // hashes at the cost of production
  'passwords/foreign-hashes.test.ts', // the same, for hashes of other systems
  'scripts/prepare.test.ts', // installs and builds
].map((name) => join(TESTS, name));

/** @param {string} file */
function importsOf(file) {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import|require\()\s*\(?['"]([^'"]+)['"]/g)].map(
    ([, name]) => name,
  );
}

/**
 * Whether a file reaches a server through the files of `test/` that it imports.
 *
 * @param {string} file
 * @param {Set<string>} seen
 * @returns {boolean}
 */
function needsServer(file, seen = new Set()) {
  if (seen.has(file)) return false;
  seen.add(file);
  return importsOf(file).some((name) => {
    const target = `${resolve(dirname(file), name)}.ts`;
    if (SERVER_NAMES.test(name) || SERVER_FILES.includes(target)) return true;
    return name.startsWith('.') && tests.has(target) && needsServer(target, seen);
  });
}

const tests = new Set(
  readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).map((name) => join(TESTS, name)),
);
const withServer = [...tests].filter((file) => file.endsWith('.test.ts') && needsServer(file));
const leftOut = [...SLOW, ...withServer];

/**
 * The tests that need no database, found by their imports: what `npm run check` can afford.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...shared,
  testPathIgnorePatterns: [
    '/node_modules/',
    ...leftOut.map((file) => file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')),
  ],
};
