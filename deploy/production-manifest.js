#!/usr/bin/env node
'use strict';

/*
 * Writes the package.json and package-lock.json that the server is installed from in production:
 *
 *   node deploy/production-manifest.js <folder> && cd <folder> && npm ci --omit=dev
 *
 * The published package is the library, so what only the server needs stands among its development
 * dependencies. Here those become dependencies, at their versions, and all others are left out; the
 * lockfile stays the one that everything was tested with.
 */

const { copyFileSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join, resolve } = require('node:path');

/** What `server/` imports beyond the dependencies and peers of the library. */
const SERVER_PACKAGES = [
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  '@opentelemetry/exporter-prometheus',
  '@opentelemetry/sdk-metrics',
  'helmet',
  'ioredis', // an optional peer, loaded where REDIS_URL is set
];

const ROOT = resolve(__dirname, '..');

/** @param {Record<string, any>} manifest that of the repository */
function productionManifest(manifest) {
  const { devDependencies, scripts: _scripts, workspaces: _workspaces, ...kept } = manifest;
  const dependencies = { ...manifest.dependencies };
  for (const name of SERVER_PACKAGES) {
    if (devDependencies[name] === undefined) throw new Error(`package.json does not name ${name}`);
    dependencies[name] = devDependencies[name];
  }
  return { ...kept, private: true, dependencies };
}

function main(folder) {
  if (folder === undefined) throw new Error('Name the folder to write to');
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify(productionManifest(manifest), null, 2)}\n`,
  );
  copyFileSync(join(ROOT, 'package-lock.json'), join(folder, 'package-lock.json'));
}

if (require.main === module) main(process.argv[2]);

module.exports = { productionManifest };
