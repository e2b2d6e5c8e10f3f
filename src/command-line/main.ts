#!/usr/bin/env node
import 'reflect-metadata';
import { runCommandLine } from './command-line';

void runCommandLine(process.argv.slice(2), {
  directory: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
}).then((exitCode) => {
  // Parts of the application that `migrate` left in the middle of their start would keep it running.
  process.stdout.write('', () => process.exit(exitCode));
});
