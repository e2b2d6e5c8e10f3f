'use strict';

const shared = require('./jest.config');
const { asPattern, testFilesReaching } = require('./test/support/reaching');

/** What suites over HTTP start their application with; it makes the adapter that `ADAPTER` names. */
const HTTP_FILES = ['support/web-framework.ts', 'flows/reference-server.ts'];

/** Apollo needs a package on Fastify that is not among our dependencies. */
const ON_EXPRESS_ALONE = /flows\/session-graphql\.test\.ts$/;

/** Read by those files, in the workers of Jest too. */
process.env.ADAPTER = 'fastify';

/**
 * The suites that speak HTTP, found by their imports, on Fastify. `npm test` runs them on Express.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...shared,
  testMatch: undefined,
  testRegex: testFilesReaching(HTTP_FILES)
    .filter((file) => !ON_EXPRESS_ALONE.test(file))
    .map((file) => `^${asPattern(file)}$`),
};
