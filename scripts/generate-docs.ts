import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { renderConfiguration } from './render-configuration';
import { renderErrors } from './render-errors';

/*
 * Writes docs/configuration.md and docs/errors.md from the code they describe.
 * With --check it writes nothing and exits 1 where a page on disk differs.
 */

const COMMAND = 'node -r @swc-node/register scripts/generate-docs.ts';
const root = join(__dirname, '..');

async function main(): Promise<void> {
  const check = process.argv.includes('--check');
  const pages = {
    'docs/configuration.md': renderConfiguration(join(root, 'src', 'options')),
    'docs/errors.md': renderErrors(),
  };
  for (const [path, text] of Object.entries(pages)) {
    const file = join(root, path);
    const page = await format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
    if (!check) writeFileSync(file, page);
    else if (read(file) !== page) {
      console.error(`${path} is not what the code says. Run: ${COMMAND}`);
      process.exitCode = 1;
    }
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

void main();
