'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const ROOT = join(__dirname, '..');

/** Each takes `--check`: compare instead of write, and fail with the command that helps. */
const GENERATORS = [
  'scripts/write-public-api.ts',
  'scripts/dump-schema.ts',
  'scripts/generate-docs.ts',
  'scripts/write-access-page.ts',
  'scripts/write-access-types.ts',
  'scripts/write-contract.ts',
].filter((script) => existsSync(join(ROOT, script)));

const failed = GENERATORS.filter((script) => {
  const args = ['-r', '@swc-node/register', script, ...process.argv.slice(2)];
  return spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }).status !== 0;
});

for (const script of failed) console.error(`${script} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
