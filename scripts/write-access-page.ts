import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { writeGenerated } from './write-generated';

const ROOT = join(__dirname, '..');
const PAGE = join(ROOT, 'docs', 'access.md');
const COMMAND_LINE = join(ROOT, 'dist', 'src', 'command-line', 'main.js');

/**
 * Writes docs/access.md, who reaches what on the reference server, from the built server. The lock file
 * is not written here: it says what was accepted, not what is.
 */
async function main(): Promise<void> {
  const args = [COMMAND_LINE, 'access:map', '--format', 'markdown'];
  const page = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  const style = { ...(await resolveConfig(PAGE)), parser: 'markdown' };
  writeGenerated(PAGE, await format(page, style));
}

void main();
