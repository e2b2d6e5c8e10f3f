'use strict';

const { readdirSync, readFileSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');

const TESTS = resolve(__dirname, '..');

const files = new Set(
  readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).map((name) => join(TESTS, name)),
);

/** @param {string} file */
function importsOf(file) {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import|require\()\s*\(?['"]([^'"]+)['"]/g)].map(
    ([, name]) => name,
  );
}

/**
 * The test files that import one of these files of `test/`, or a name like these, themselves or
 * through other files of `test/`.
 *
 * @param {readonly string[]} targets relative to `test/`
 * @param {RegExp} [names]
 * @returns {string[]}
 */
function testFilesReaching(targets, names) {
  const wanted = targets.map((target) => join(TESTS, target));

  /** @param {string} file @param {Set<string>} seen @returns {boolean} */
  const reaches = (file, seen) => {
    if (seen.has(file)) return false;
    seen.add(file);
    return importsOf(file).some((name) => {
      const target = `${resolve(dirname(file), name)}.ts`;
      if (names?.test(name) || wanted.includes(target)) return true;
      return name.startsWith('.') && files.has(target) && reaches(target, seen);
    });
  };
  return [...files].filter((file) => file.endsWith('.test.ts') && reaches(file, new Set()));
}

/** @param {string} file */
function asPattern(file) {
  return file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

module.exports = { TESTS, asPattern, testFilesReaching };
