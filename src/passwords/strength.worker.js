'use strict';

const { constants, setPriority } = require('node:os');
const { ZxcvbnFactory } = require('@zxcvbn-ts/core');
const { adjacencyGraphs, dictionary } = require('@zxcvbn-ts/language-common');

if (process.platform === 'linux') {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox may forbid it.
  }
}

/** The work grows faster than the length. Whatever is strong in 64 characters stays strong in more. */
const WINDOW = 64;
/** "Safely unguessable" online: 8 random characters reach it, none of the most used passwords does. */
const ACCEPTABLE_GUESSES = 1e8;
/** Beside words around the account there must be as much as the shortest password there is (PW-7). */
const LEFT_BESIDE_CONTEXT = 8;

const meter = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: WINDOW });

/** @param {import('@zxcvbn-ts/core').ZxcvbnResult} result */
function strengthOf({ guesses, password, sequence }) {
  const fromContext = sequence.filter((match) => match.dictionaryName === 'userInputs');
  const covered = fromContext.reduce((sum, { token }) => sum + token.length, 0);
  if (covered > 0 && password.length - covered < LEFT_BESIDE_CONTEXT) return 'context';
  if (guesses >= ACCEPTABLE_GUESSES) return 'strong';
  return covered > 0 ? 'context' : 'weak';
}

/** @param {{ password: string, contextWords: string[] }} task */
module.exports = ({ password, contextWords }) => {
  const head = strengthOf(meter.check(password.slice(0, WINDOW), contextWords));
  if (head === 'strong' || password.length <= WINDOW) return head;
  const tail = strengthOf(meter.check(password.slice(-WINDOW), contextWords));
  return tail === 'strong' ? tail : head;
};
