import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { printAccessLock, type AccessLock } from '../access-map/access-lock';
import { diffAccess } from '../access-map/diff-access';
import { readAccessLock } from '../access-map/read-access-lock';
import { accessMapMarkdown, accessMapText, differencesText } from '../access-map/render-access-map';
import { print, sourceOf } from './global-options';
import { previewAccessMap } from './preview';
import type { Terminal } from './terminal';
import { UsageError } from './usage-error';

interface MapOptions {
  readonly configure?: string;
}

interface FileOptions extends MapOptions {
  readonly file: string;
}

type Format = 'text' | 'json' | 'markdown';

const CONFIGURE = [
  '--configure <file#Export>',
  'function that sets the global prefix and the versioning (default: "portcullis.configure" in package.json)',
] as const;
const FILE = ['--file <path>', 'the lock file', 'access.lock.json'] as const;

/** Somebody may do what they could not: the change has to be accepted by whoever reviews it. */
class AccessWidenedError extends Error {
  override readonly name = 'AccessWidenedError';
  readonly code = 'access_widened';
}

/** Who reaches what, by code alone: none of these starts the application. */
export function addAccessCommands(program: Command, terminal: Terminal): void {
  program
    .command('access:map')
    .description('list every handler with what it needs and the roles that reach it')
    .option(...CONFIGURE)
    .addOption(
      new Option('--format <format>', 'of the list')
        .choices(['text', 'json', 'markdown'])
        .default('text'),
    )
    .action(async ({ format, ...options }: MapOptions & { format: Format }, command: Command) => {
      const lock = await lockOf(options, command, terminal);
      if (format === 'json') terminal.stdout.write(printAccessLock(lock));
      else {
        const text = format === 'markdown' ? accessMapMarkdown(lock) : accessMapText(lock);
        print(command, terminal, { text, json: lock });
      }
    });

  program
    .command('access:lock')
    .description('accept the access as it is: write it to the lock file, which is committed')
    .option(...CONFIGURE)
    .option(...FILE)
    .action(async (options: FileOptions, command: Command) => {
      const lock = await lockOf(options, command, terminal);
      writeFileSync(resolve(terminal.directory, options.file), printAccessLock(lock));
      print(command, terminal, {
        text: `${options.file} written: ${lock.routes.length} routes`,
        json: { file: options.file, routes: lock.routes.length },
      });
    });

  program
    .command('access:diff')
    .description('compare with the lock file; fails when access is wider than it says')
    .option(...CONFIGURE)
    .option(...FILE)
    .action((options: FileOptions, command: Command) => compare(options, command, terminal));
}

async function compare(options: FileOptions, command: Command, terminal: Terminal): Promise<void> {
  const { file } = options;
  const accepted = readLock(resolve(terminal.directory, file), file);
  const current = await lockOf(options, command, terminal);
  const differences = diffAccess(accepted, current);
  const widened = differences.filter(({ widens }) => widens).length;
  const isCurrent = printAccessLock(accepted) === printAccessLock(current);
  print(command, terminal, {
    text:
      differences.length > 0
        ? differencesText(differences)
        : isCurrent
          ? `Access is as ${file} says.`
          : `Nothing changed that opens or closes anything, but ${file} is not current.`,
    json: { widened, isCurrent, differences },
  });
  const accept = `run "portcullis access:lock" and commit ${file}`;
  if (widened > 0) {
    throw new AccessWidenedError(
      `${widened} of these changes widen access, or might. If that is meant, ${accept}; otherwise undo them.`,
    );
  }
  if (!isCurrent) terminal.stderr.write(`To bring it up to date, ${accept}.\n`);
}

async function lockOf(
  { configure }: MapOptions,
  command: Command,
  terminal: Terminal,
): Promise<AccessLock> {
  return (await previewAccessMap({ ...sourceOf(command, terminal), configure })).lock();
}

function readLock(path: string, name: string): AccessLock {
  if (!existsSync(path)) {
    throw new UsageError(`${name} does not exist; "portcullis access:lock" writes it.`);
  }
  try {
    return readAccessLock(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}; ` +
        'take it from a commit where it was whole, or write it with "portcullis access:lock".',
    );
  }
}
