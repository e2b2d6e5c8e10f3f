'use strict';

// Plain JavaScript: the same file serves the built package and the tests, which never compile workers.
const { pbkdf2Sync, scryptSync, timingSafeEqual } = require('node:crypto');
const { constants, setPriority } = require('node:os');
const bcrypt = require('bcrypt');

// On Linux the priority belongs to the thread; elsewhere it would slow the whole server down.
if (process.platform === 'linux') {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox may forbid it; hashing then competes with the event loop like any thread.
  }
}

/** The variables of scrypt take 128·N·r bytes; Node refuses more than 32 MiB unless told otherwise. */
const SCRYPT_HEADROOM_BYTES = 1024 * 1024;

/** @type {Record<string, (task: import('./hash-task').HashTask & Record<string, any>) => unknown>} */
const TASKS = {
  'bcrypt-hash': ({ input, cost }) => bcrypt.hashSync(input, cost),

  'bcrypt-compare': ({ input, hash }) => bcrypt.compareSync(input, hash),

  pbkdf2: ({ input, digest, iterations, salt, expected }) =>
    timingSafeEqual(pbkdf2Sync(input, salt, iterations, expected.length, digest), expected),

  scrypt: ({ input, cost, blockSize, parallelization, salt, expected }) => {
    const maxmem = 128 * blockSize * (cost + parallelization) + SCRYPT_HEADROOM_BYTES;
    const options = { N: cost, r: blockSize, p: parallelization, maxmem };
    return timingSafeEqual(scryptSync(input, salt, expected.length, options), expected);
  },

  argon2id: async ({ input, memoryKib, passes, lanes, salt, expected }) => {
    // Loaded only where such hashes were imported.
    const { argon2id } = require('hash-wasm');
    const actual = await argon2id({
      password: input,
      salt,
      iterations: passes,
      parallelism: lanes,
      memorySize: memoryKib,
      hashLength: expected.length,
      outputType: 'binary',
    });
    return timingSafeEqual(actual, expected);
  },
};

/** @param {import('./hash-task').HashTask} task */
module.exports = (task) => TASKS[task.kind](task);
