'use strict';

/*
 * Makes the secrets of a trial once, in a file that `node --env-file` reads:
 *
 *   node deploy/trial-secrets.js <file>
 *
 * A real deployment takes them from its secret store; see docs/replacing-secrets.md.
 */

const { randomBytes } = require('node:crypto');
const { linkSync, rmSync, writeFileSync } = require('node:fs');

const [, , file] = process.argv;
if (file === undefined) throw new Error('Name the file to write');

const secret = () => randomBytes(48).toString('base64url');
const own = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`;
const lines = [`PORTCULLIS_SECRETS=${secret()}`, `PORTCULLIS_PEPPERS=1:${secret()}`, ''];

writeFileSync(own, lines.join('\n'), { mode: 0o600, flag: 'wx' });
try {
  // Of several that start at once one wins, and all read the whole file of that one.
  linkSync(own, file);
} catch (error) {
  if (error.code !== 'EEXIST') throw error;
} finally {
  rmSync(own);
}
