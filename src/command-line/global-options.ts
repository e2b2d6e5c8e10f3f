import type { Command } from 'commander';
import { printOutcome, type Outcome } from './output';
import type { ApplicationSource } from './application-source';
import type { Terminal } from './terminal';

interface GlobalOptions {
  readonly app?: string;
  readonly json?: boolean;
}

/** The application that `--app` or package.json names. */
export function sourceOf(command: Command, terminal: Terminal): ApplicationSource {
  const { app } = command.optsWithGlobals<GlobalOptions>();
  return { app, directory: terminal.directory };
}

/** Prints as text or, with `--json`, as JSON. */
export function print(command: Command, terminal: Terminal, outcome: Outcome): void {
  const { json } = command.optsWithGlobals<GlobalOptions>();
  printOutcome(terminal, outcome, json === true);
}
