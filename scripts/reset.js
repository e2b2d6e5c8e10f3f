#!/usr/bin/env node
'use strict';

/*
 * Forgets everything that development has stored: stops the embedded PostgreSQL and deletes its
 * databases and the generated secrets. The next start begins anew. A database of yours, which
 * DATABASE_URL names, is not touched.
 */

const { existsSync, readdirSync, rmdirSync, rmSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { removeDevPostgres } = require('@portcullis/dev-postgres');

async function reset() {
  if (process.env.NODE_ENV === 'production') throw new Error('not in production');
  const directory = resolve(process.env.PORTCULLIS_DATA_DIRECTORY?.trim() || '.data');
  const postgres = join(directory, 'postgres');
  if (existsSync(postgres)) await removeDevPostgres(postgres);
  // By name: the folder may have been set to one that holds other things too.
  rmSync(join(directory, 'secrets'), { recursive: true, force: true });
  if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
  console.log(`reset: deleted the development data in ${directory}`);
  if (process.env.DATABASE_URL) console.log('reset: the database of DATABASE_URL is untouched');
}

reset().catch((error) => {
  console.error(`reset: ${error.message}`);
  process.exitCode = 1;
});
