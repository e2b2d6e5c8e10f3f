import { existsSync } from 'node:fs';
import { chromium, type Browser, type LaunchOptions } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser of the system: no test downloads one. */
export const CHROMIUM = PLACES.find((path) => existsSync(path));

/** Connections of its own would only be refused, many at a time, where the network is closed. */
const QUIET = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** `describe`, where a Chromium is installed; elsewhere a line that nobody overlooks. */
export function describeInChromium(title: string, suite: () => void): void {
  if (CHROMIUM !== undefined) {
    describe(title, suite);
    return;
  }
  process.stderr.write(`\nNOT RUN, no Chromium is installed (${PLACES.join(', ')}): ${title}\n\n`);
  describe.skip(title, suite);
}

export function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    ...options,
    args: ['--no-sandbox', '--disable-gpu', ...QUIET, ...(options.args ?? [])],
  });
}
