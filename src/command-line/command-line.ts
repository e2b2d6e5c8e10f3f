import { Command, CommanderError } from 'commander';
import { addAccessCommands } from './access-commands';
import { addAccessTypesCommand } from './access-types-command';
import { addAccountCommands } from './account-commands';
import { addAssignmentCommands } from './assignment-commands';
import { addDoctorCommand } from './doctor-command';
import { addKeyCommands } from './key-commands';
import { addMigrationCommands } from './migration-commands';
import { printFailure } from './output';
import { addCleanUpCommand } from './clean-up-command';
import { addSessionCommands } from './session-commands';
import { addSecretsCommand } from './secrets-command';
import type { Terminal } from './terminal';
import { addUnlockCommand } from './unlock-command';
import { UsageError } from './usage-error';

/** 0: done. 1: refused or failed. 2: called the wrong way. */
export type ExitCode = 0 | 1 | 2;

/** Runs one command; it never throws and never ends the process. */
export async function runCommandLine(
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  try {
    await program(terminal).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has written its own message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    printFailure(terminal, error, args.includes('--json'));
    return error instanceof UsageError ? 2 : 1;
  }
}

function program(terminal: Terminal): Command {
  const command = new Command('portcullis')
    .description(
      'Works on the accounts, roles and tables of an application that embeds Portcullis.',
    )
    .option(
      '--app <file#Export>',
      'module class of the application, for example dist/app.module.js#AppModule (default: "portcullis.app" in package.json)',
    )
    .option('--json', 'print one JSON document instead of text')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    });
  addMigrationCommands(command, terminal);
  addAccountCommands(command, terminal);
  addUnlockCommand(command, terminal);
  addAssignmentCommands(command, terminal);
  addAccessCommands(command, terminal);
  addAccessTypesCommand(command, terminal);
  addCleanUpCommand(command, terminal);
  addKeyCommands(command, terminal);
  addSecretsCommand(command, terminal);
  addSessionCommands(command, terminal);
  addDoctorCommand(command, terminal);
  return command;
}
