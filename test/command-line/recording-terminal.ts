import { PassThrough } from 'node:stream';
import { runCommandLine, type ExitCode } from '../../src/command-line/command-line';

/** What a command left behind. */
export interface Recording {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a person or a script feeds a command. */
export interface Input {
  /** Everything on standard input, at once. */
  readonly stdin?: string;
  /** Lines a person types, each after the next question. */
  readonly typed?: readonly string[];
  readonly directory?: string;
}

/** Runs a command in this process, between streams in the place of a terminal. */
export async function record(args: readonly string[], input: Input = {}): Promise<Recording> {
  const stdin = Object.assign(new PassThrough(), { isTTY: input.typed !== undefined });
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  if (input.stdin !== undefined) stdin.end(input.stdin);
  const lines = [...(input.typed ?? [])];
  stderr.on('data', (chunk: Buffer) => {
    if (!/: $/.test(chunk.toString())) return;
    const line = lines.shift();
    if (line === undefined) stdin.end();
    else stdin.write(line);
  });
  const written = { stdout: '', stderr: '' };
  stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  const directory = input.directory ?? process.cwd();
  const exitCode = await runCommandLine(args, { directory, stdin, stdout, stderr });
  await new Promise((resolve) => setImmediate(resolve));
  return { exitCode, ...written };
}
