'use strict';

const shared = require('./jest.config');

/**
 * One long random run in a real browser, apart from the suites: `SOAK_SECONDS` says how long, and
 * `SOAK_SEED` repeats one.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...shared,
  testMatch: ['<rootDir>/test/browser/soak.test.ts'],
  testPathIgnorePatterns: [],
};
