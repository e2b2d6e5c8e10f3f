import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Option, type Command } from 'commander';
import type { Terminal } from './terminal';
import { UsageError } from './usage-error';

/** How a command gets a password. Never as an argument, which every process of the machine can read. */
export interface PasswordOptions {
  readonly passwordStdin?: boolean;
  readonly generate?: boolean;
}

export interface ReadPassword {
  readonly password: string;
  /** Then it has to be shown, because nobody knows it yet. */
  readonly isGenerated: boolean;
}

/** Adds the options that {@link readPassword} looks at. */
export function addPasswordOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--password-stdin', 'read the password from standard input').conflicts('generate'),
    )
    .option('--generate', 'make a random password and print it once');
}

/**
 * Reads a password from standard input, makes one, or asks for it on a terminal without showing it.
 *
 * @throws UsageError when there is none to be had, or the two that were typed differ
 */
export async function readPassword(
  options: PasswordOptions,
  terminal: Terminal,
): Promise<ReadPassword> {
  if (options.generate === true) {
    return { password: randomBytes(18).toString('base64url'), isGenerated: true };
  }
  if (options.passwordStdin === true) {
    return { password: await readAll(terminal), isGenerated: false };
  }
  if (terminal.stdin.isTTY !== true) {
    throw new UsageError('No terminal to ask on: use --password-stdin or --generate.');
  }
  const [password = '', again] = await ask(terminal, ['Password: ', 'Again: ']);
  if (again === password) return { password, isGenerated: false };
  throw new UsageError('The two passwords differ.');
}

/** All of it but the line end that `echo` adds. */
async function readAll({ stdin }: Terminal): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Buffer | string));
  const password = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (password === '') throw new UsageError('Standard input holds no password.');
  return password;
}

/** One reader for all questions, since a pasted answer may hold the next one too. It shows nothing. */
async function ask(
  { stdin, stderr }: Terminal,
  questions: readonly string[],
): Promise<readonly string[]> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: stdin, output: silent, terminal: true, historySize: 0 });
  reader.on('SIGINT', () => reader.close());
  const lines = reader[Symbol.asyncIterator]();
  const answers: string[] = [];
  try {
    for (const question of questions) {
      stderr.write(question);
      const line = await lines.next();
      stderr.write('\n');
      if (line.done === true) throw new UsageError('No password was given.');
      answers.push(line.value);
    }
    return answers;
  } finally {
    reader.close();
  }
}
