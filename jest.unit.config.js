'use strict';

const { readdirSync, readFileSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');
const { globalSetup, globalTeardown, ...shared } = require('./jest.config');

const TESTS = join(__dirname, 'test');

/** What a test that imports one of these takes with it: a server, or a build. */
const NEEDS_SERVER = /^@portcullis\/dev-postgres$|\/support\/(test-server|database)$|\/dist\//;

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
    if (NEEDS_SERVER.test(name)) return true;
    const target = `${resolve(dirname(file), name)}.ts`;
    return name.startsWith('.') && tests.has(target) && needsServer(target, seen);
  });
}

const tests = new Set(
  readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).map((name) => join(TESTS, name)),
);
const withServer = [...tests].filter((file) => file.endsWith('.test.ts') && needsServer(file));

/**
 * The tests that need no database, found by their imports: what `npm run check` can afford.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...shared,
  testPathIgnorePatterns: [
    '/node_modules/',
    ...withServer.map((file) => file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')),
  ],
};
