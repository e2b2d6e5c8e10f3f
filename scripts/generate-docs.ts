import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { renderConfiguration } from './render-configuration';
import { renderErrors } from './render-errors';
import { renderServerEnvironment } from './render-server-environment';

/*
 * Writes docs/configuration.md, docs/errors.md and docs/server-environment.md from the code they
 * describe.
 * With --check it writes nothing and exits 1 where a page on disk differs. Another folder than docs
 * may be named.
 */

const COMMAND = 'node -r @swc-node/register scripts/generate-docs.ts';
const root = join(__dirname, '..');

async function main(): Promise<void> {
  const given = process.argv.slice(2);
  const check = given.includes('--check');
  const folder = given.find((argument) => !argument.startsWith('--')) ?? join(root, 'docs');
  const style = { ...(await resolveConfig(join(root, 'docs', 'page.md'))), parser: 'markdown' };
  const options = join(root, 'src', 'options');
  const pages = {
    'configuration.md': renderConfiguration(options),
    'errors.md': renderErrors(),
    'server-environment.md': renderServerEnvironment(options),
  };
  for (const [name, text] of Object.entries(pages)) {
    const file = join(folder, name);
    const page = await format(text, style);
    if (!check) writeFileSync(file, page);
    else if (read(file) !== page) {
      console.error(`${name} is not what the code says. Run: ${COMMAND}`);
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
