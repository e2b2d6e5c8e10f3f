import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const FOLDER = join(ROOT, 'test', 'recipes');
const BLOCK = /^```tsx?\n\/\/ (\S+)\n(.*?)^```$/gms;

/** What a browser is given is what the guide says. */
describe('docs/client-recipes.md', () => {
  const guide = readFileSync(join(ROOT, 'docs', 'client-recipes.md'), 'utf8');
  const blocks = [...guide.matchAll(BLOCK)].map(([, name, text]) => [name!, text!] as const);

  it.each(blocks)('shows test/recipes/%s as it is', (name, text) => {
    expect(text).toBe(readFileSync(join(FOLDER, name), 'utf8'));
  });

  it('shows every recipe, and no code besides', () => {
    const recipes = readdirSync(FOLDER).filter((name) => /\.tsx?$/.test(name));
    const shown = blocks.map(([name]) => name).concat('globals.ts');
    expect(shown.sort()).toEqual(recipes.sort());
    expect(guide.match(/^```\w/gm)).toHaveLength(blocks.length);
  });

  it('names the versions that are run', () => {
    const manifest = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')) as {
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    for (const version of Object.values(manifest.devDependencies)) {
      expect(guide).toContain(` ${version.split('.', 2).join('.')}`);
    }
  });
});
