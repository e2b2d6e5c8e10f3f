import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { brokenLinks, unknownCommands, unknownPaths, type Documents } from './document-rules';

const ROOT = join(__dirname, '..', '..');
const FOLDERS = ['docs', 'bench', 'examples'];

function markdownOf(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  const recursive = folder !== '.';
  return readdirSync(join(ROOT, folder), { recursive, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => (recursive ? join(folder, name) : name).split(sep).join('/'));
}

const documents: Documents = Object.fromEntries(
  ['.', ...FOLDERS]
    .flatMap(markdownOf)
    .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]),
);
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const exists = (path: string): boolean => existsSync(join(ROOT, path));

describe('the documents', () => {
  it('are all read', () => {
    expect(Object.keys(documents)).toEqual(
      expect.arrayContaining(['CONTRIBUTING.md', 'SECURITY.md', 'docs/errors.md']),
    );
  });

  it('link only to what exists', () => {
    expect(brokenLinks(documents, exists)).toEqual([]);
  });

  it('name only commands that exist', () => {
    expect(unknownCommands(documents, scripts)).toEqual([]);
  });

  it('name only files and folders that exist', () => {
    expect(unknownPaths(documents, exists)).toEqual([]);
  });
});

describe('the rules for documents', () => {
  const only = (...paths: string[]) => {
    return (path: string): boolean => paths.includes(path);
  };

  it('report a relative link into nothing, and leave the web and anchors alone', () => {
    const text =
      '[a](errors.md#x) [b](../README.md) [c](https://example.org) [d](#here)\n[e](gone.md)';
    const found = brokenLinks({ 'docs/a.md': text }, only('docs/errors.md', 'README.md'));
    expect(found).toEqual([
      { path: 'docs/a.md', line: 2, message: 'links to gone.md, which does not exist' },
    ]);
  });

  it('report a command that package.json does not have', () => {
    const text = '`npm run lint`, `npm test` and `npm run check:moon`';
    expect(unknownCommands({ 'a.md': text }, { lint: '', test: '' })).toMatchObject([
      { message: 'says "npm run check:moon", and there is none' },
    ]);
  });

  it('report a path that does not exist', () => {
    const text = '`src/keys/` `src/gone.ts`, `npm test`';
    expect(unknownPaths({ 'a.md': text }, only('src/keys/'))).toMatchObject([
      { message: 'names src/gone.ts, which does not exist' },
    ]);
  });
});
