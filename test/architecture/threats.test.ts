import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Proof {
  readonly file: string;
  readonly title: string;
}

/** What a page names as proofs: a test file in code, and beginnings of titles in quotes behind it. */
function proofsOf(page: string): Proof[] {
  return [...page.matchAll(/`(test\/[\w./-]+\.ts)`((?:,? “[^”]+”)+)/g)].flatMap(
    ([, file = '', titles = '']) =>
      [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file, title })),
  );
}

/** Every quotation that stands behind no file proves nothing. */
function quotationsOf(page: string): number {
  return page.match(/“/g)?.length ?? 0;
}

function missing(proofs: readonly Proof[], textOf: (file: string) => string | undefined): Proof[] {
  return proofs.filter(({ file, title }) => {
    const text = textOf(file)?.replaceAll("\\'", "'") ?? '';
    return ![`'${title}`, `"${title}`, `\`${title}`].some((start) => text.includes(start));
  });
}

describe('the proofs in docs/threats.md', () => {
  const page = read('docs/threats.md');

  it('exist, each in the file that it names', () => {
    const textOf = (file: string) => (existsSync(join(ROOT, file)) ? read(file) : undefined);
    expect(missing(proofsOf(page), textOf)).toEqual([]);
  });

  it('are all read', () => {
    expect(proofsOf(page).length).toBeGreaterThan(100);
    expect(proofsOf(page)).toHaveLength(quotationsOf(page));
  });

  it('are missed when the title or the file is gone', () => {
    const proofs = proofsOf('| `test/a.test.ts` “A-1: holds”, “A-2: too”, `test/b.test.ts` “B” |');
    const files: Record<string, string> = { 'test/a.test.ts': `it('A-1: holds always', …)` };
    expect(missing(proofs, (file) => files[file])).toEqual([
      { file: 'test/a.test.ts', title: 'A-2: too' },
      { file: 'test/b.test.ts', title: 'B' },
    ]);
  });
});
