import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { MUTANTS } from './mutants';

const ROOT = resolve(__dirname, '..', '..');

const read = (path: string): string => readFileSync(resolve(ROOT, path), 'utf8');

describe('the list of mutants', () => {
  it.each(MUTANTS.map((mutant) => [mutant.row, mutant.why, mutant] as const))(
    '%s, %s: changes a text that stands once in its file',
    (_row, _why, { file, text, replacement }) => {
      expect(read(file).split(text)).toHaveLength(2);
      expect(replacement).not.toBe(text);
    },
  );

  it.each(MUTANTS.map((mutant) => [mutant.row, mutant.test] as const))(
    '%s: is caught by a test of %s whose title names it',
    (row, test) => {
      expect(existsSync(resolve(ROOT, test))).toBe(true);
      expect(read(test)).toMatch(new RegExp(`['"\`\\s]${row}[:,]`));
    },
  );
});
