import type { Readable, Writable } from 'node:stream';

/** Where a command reads and writes, and the folder it was called in. */
export interface Terminal {
  readonly directory: string;
  /** A person can be asked for a password when `isTTY` is true. */
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable;
}
