'use strict';

const { join } = require('node:path');
const { globalSetup, globalTeardown, ...shared } = require('./jest.config');
const { TESTS, asPattern, testFilesReaching } = require('./test/support/reaching');

/** Files of `test/` that reach the server of a run, and names that start one or need a build. */
const SERVER_FILES = ['support/test-server.ts', 'support/database.ts'];
const SERVER_NAMES = /^@portcullis\/dev-postgres$|packages\/dev-postgres\/|\/dist\//;

/** Without a database, yet too slow to run before each push. */
const SLOW = [
  'passwords/passwords.test.ts', // hashes at the cost of production
  'passwords/foreign-hashes.test.ts', // the same, for hashes of other systems
  'scripts/prepare.test.ts', // installs and builds
].map((name) => join(TESTS, name));

const leftOut = [...SLOW, ...testFilesReaching(SERVER_FILES, SERVER_NAMES)];

/**
 * The tests that need no database, found by their imports: what `npm run check` can afford.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...shared,
  testPathIgnorePatterns: ['/node_modules/', ...leftOut.map(asPattern)],
};
