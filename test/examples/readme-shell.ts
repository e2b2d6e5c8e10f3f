import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { until } from './until';

/** A shell into which the commands of a document are typed, as a reader would. */
export class ReadmeShell {
  /** The text of every `sh` block, as it stands there. */
  readonly blocks: readonly string[];
  readonly #shell: ChildProcessWithoutNullStreams;
  #output = '';

  /** @param replacements what a reader would put in place of what the document says */
  constructor(
    path: string,
    private readonly replacements: readonly (readonly [from: string, to: string])[],
  ) {
    const fences = readFileSync(path, 'utf8').matchAll(/^```sh\n(.*?)^```$/gms);
    this.blocks = [...fences].map(([, text = '']) => text);
    this.#shell = spawn('bash', ['-u'], { detached: true });
    const read = (chunk: Buffer) => (this.#output += chunk.toString());
    this.#shell.stdout.on('data', read);
    this.#shell.stderr.on('data', read);
  }

  /** Everything that was printed so far. */
  output(): string {
    return this.#output;
  }

  /** Types one block and waits until this is printed. */
  async type(block: number, awaited: RegExp): Promise<void> {
    let text = this.blocks[block] ?? '';
    for (const [from, to] of this.replacements) text = text.replaceAll(from, to);
    this.#shell.stdin.write(text);
    await until(
      () => awaited.test(this.#output),
      () => this.#output,
    );
  }

  /** Ends the shell and whatever it runs in the background. */
  close(): void {
    const { pid } = this.#shell;
    if (pid !== undefined && this.#shell.exitCode === null) process.kill(-pid, 'SIGKILL');
  }
}
