import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const COMMAND_LINE = join(ROOT, 'dist', 'src', 'command-line', 'main.js');
/** Shared by the examples, whose pages speak to the reference server. */
const FILE = join('examples', 'shared', 'access.gen.ts');

/** Writes what the examples may ask the reference server for, from the built server. */
const check = process.argv.includes('--check') ? ['--check'] : [];
const args = [COMMAND_LINE, 'access:types', '--file', FILE, ...check];
process.exitCode = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
