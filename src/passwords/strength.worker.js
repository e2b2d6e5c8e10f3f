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
/** Of 0 to 4: "safely unguessable", 10^8 guesses and more. */
const ACCEPTABLE_SCORE = 3;

const meter = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, maxLength: WINDOW });

/** @param {{ password: string, contextWords: string[] }} task */
module.exports = ({ password, contextWords }) => {
  const head = meter.check(password.slice(0, WINDOW), contextWords);
  if (head.score >= ACCEPTABLE_SCORE) return 'strong';
  if (password.length > WINDOW) {
    const tail = meter.check(password.slice(-WINDOW), contextWords);
    if (tail.score >= ACCEPTABLE_SCORE) return 'strong';
  }
  const fromContext = head.sequence.some((match) => match.dictionaryName === 'userInputs');
  return fromContext ? 'context' : 'weak';
};
