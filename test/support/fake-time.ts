import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Debian and its kin put libfaketime, by architecture. */
const LIBRARY_FOLDERS = '/usr/lib';

/** The library that changes what a process reads from its clock; undefined where it is missing. */
export function fakeTimeLibrary(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync(LIBRARY_FOLDERS)
    .map((folder) => join(LIBRARY_FOLDERS, folder, 'faketime', 'libfaketime.so.1'))
    .find((path) => {
      try {
        return readdirSync(join(path, '..')).includes('libfaketime.so.1');
      } catch {
        return false;
      }
    });
}

/** The wall clock of some processes, off by as many seconds as it is told; the monotonic one is true. */
export class FakeTime {
  readonly #directory = mkdtempSync(join(tmpdir(), 'portcullis-time-'));

  constructor(
    private readonly library: string,
    offsetSeconds = 0,
  ) {
    this.jump(offsetSeconds);
  }

  /** What a process needs in its environment. */
  get variables(): Record<string, string> {
    return {
      LD_PRELOAD: this.library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      // Else a jump would be noticed only after ten seconds.
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** From now on the clock is off by this. */
  jump(offsetSeconds: number): void {
    const sign = offsetSeconds < 0 ? '-' : '+';
    writeFileSync(this.#file, `${sign}${Math.abs(offsetSeconds)}\n`);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }

  get #file(): string {
    return join(this.#directory, 'offset');
  }
}
