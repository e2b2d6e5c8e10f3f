import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * Writes a generated file, or with `--check` on the command line compares it and fails the process
 * with the command that makes it current.
 */
export function writeGenerated(path: string, content: string): void {
  const name = relative(process.cwd(), path);
  const current = existsSync(path) && readFileSync(path, 'utf8') === content;
  if (current) {
    console.log(`${name} is current`);
  } else if (process.argv.includes('--check')) {
    console.error(`${name} is not current. Run: npm run generate`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, content);
    console.log(`${name} written`);
  }
}
