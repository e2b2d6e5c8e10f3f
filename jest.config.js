'use strict';

/** Packages that exist as ES modules only; Jest's CommonJS mode has to compile them. */
const ES_MODULES = [
  '@fastify/static',
  '@nestjs',
  '@noble',
  '@otplib',
  '@scure',
  'content-disposition',
  'glob',
  'jose',
  'lru-cache',
  'minimatch',
  'oauth4webapi',
  'otplib',
  'path-scurry',
  'uuid',
];

/** @type {import('@swc/core').Options} */
const swc = {
  swcrc: false,
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
    target: 'es2023',
  },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};

/** @type {import('@swc/core').Options} */
const swcOfComponents = {
  ...swc,
  jsc: {
    parser: { syntax: 'typescript', tsx: true },
    transform: { react: { runtime: 'automatic' } },
    target: 'es2023',
  },
};

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.{ts,tsx}'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/browser/soak.test.ts'],
  transform: {
    '\\.[cm]?[jt]s$': ['@swc/jest', swc],
    '\\.tsx$': ['@swc/jest', swcOfComponents],
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:${ES_MODULES.join('|')})/)`],
  moduleNameMapper: {
    '^@portcullis/nest$': '<rootDir>/src/index',
    '^@portcullis/nest/migrations$': '<rootDir>/migrations/index',
    '^@portcullis/nest/testing$': '<rootDir>/src/testing/testing',
    '^@portcullis/client$': '<rootDir>/packages/client/src/index',
    '^@portcullis/client/react$': '<rootDir>/packages/client/src/react/index',
    '^@portcullis/client/server$': '<rootDir>/packages/client/src/server/index',
    '^@portcullis/client/testing$': '<rootDir>/packages/client/src/testing/index',
    '^@portcullis/dev-postgres$': '<rootDir>/packages/dev-postgres/src/index',
    '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1'],
  },
  // Both dist folders carry a package of the same name as its source.
  modulePathIgnorePatterns: [
    '<rootDir>/dist/',
    '<rootDir>/packages/[^/]+/dist/',
    '<rootDir>/.data/',
  ],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  maxWorkers: 2,
  testTimeout: 30_000,
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts', 'packages/dev-postgres/src/**/*.ts', '!**/*.d.ts'],
};
