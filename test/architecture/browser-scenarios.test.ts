import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const FOLDER = 'test/browser';
const COUNT = 48;

/** Test files by the number of the scenario that they play, in order. */
type Scenarios = Readonly<Record<number, readonly string[]>>;

/** Numbers at the beginning of titles: `42: …`, `34, SD-9: …`. */
function playedBy(texts: Readonly<Record<string, string>>): Scenarios {
  const played: Record<number, string[]> = {};
  const title = /(?<=[([\s])['"`](\d+)(?:, [A-Z]+-\d+)*: /g;
  for (const [file, text] of Object.entries(texts)) {
    for (const number of new Set([...text.matchAll(title)].map(([, found]) => Number(found)))) {
      (played[number] ??= []).push(file);
    }
  }
  return played;
}

function listedBy(page: string): Scenarios {
  const rows = page.matchAll(/^\| (\d+) +\|[^|]+\|([^|]+)\|$/gm);
  return Object.fromEntries(
    [...rows].map(([, number = '', files = '']) => [
      Number(number),
      [...files.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
    ]),
  );
}

describe('the scenarios of the browser in docs/browser-scenarios.md', () => {
  const files = readdirSync(join(ROOT, FOLDER))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${FOLDER}/${name}`)
    .toSorted();
  const texts = Object.fromEntries(
    files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]),
  );
  const listed = listedBy(readFileSync(join(ROOT, 'docs', 'browser-scenarios.md'), 'utf8'));

  it('are all listed, and each is played', () => {
    expect(Object.keys(listed)).toEqual(Array.from({ length: COUNT }, (_, at) => `${at + 1}`));
    expect(Object.entries(listed).filter(([, by]) => by.length === 0)).toEqual([]);
  });

  it('stand in the titles of exactly the files that the page names', () => {
    expect(playedBy(texts)).toEqual(listed);
  });

  it('are missed when a title or a row is gone', () => {
    const played = playedBy({
      'a.test.ts': `it('1: one', …); it.each(…)(\n  "34, SD-9: two", …); expect('7 of 9: x')`,
      'b.test.ts': `[['34: three', 1]]; at('12:30'); // 5: none`,
    });
    expect(played).toEqual({ 1: ['a.test.ts'], 34: ['a.test.ts', 'b.test.ts'] });
    expect(listedBy('| 1 | one | `a.test.ts` |\n| 34 | two | `a.test.ts`, `b.test.ts` |')).toEqual(
      played,
    );
  });
});
