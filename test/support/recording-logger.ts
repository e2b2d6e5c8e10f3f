import type { LoggerService } from '@nestjs/common';

/** A logger that keeps what it is told, for tests of what an operator reads. */
export class RecordingLogger implements LoggerService {
  readonly lines: string[] = [];

  log = (message: unknown): void => this.#keep('log', message);
  warn = (message: unknown): void => this.#keep('warn', message);
  error = (message: unknown): void => this.#keep('error', message);
  fatal = (message: unknown): void => this.#keep('fatal', message);
  debug = (): void => undefined;
  verbose = (): void => undefined;

  /** The lines that contain a text. */
  linesWith(text: string): readonly string[] {
    return this.lines.filter((line) => line.includes(text));
  }

  #keep(level: string, message: unknown): void {
    this.lines.push(`${level}: ${String(message)}`);
  }
}
