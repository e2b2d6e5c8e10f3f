import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where daemons lie that an ordinary user's PATH does not name. */
const DAEMON_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The path of a program of this machine, or undefined where it is not installed. */
export function systemProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...DAEMON_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** A suite that needs a program of the system; where it is missing the suite is skipped, and says so. */
export function describeWith(program: string, title: string, suite: () => void): void {
  if (systemProgram(program) !== undefined) {
    describe(title, suite);
    return;
  }
  process.stderr.write(`\n*** SKIPPED: "${title}" needs ${program}, which is not installed. ***\n`);
  describe.skip(title, suite);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
