import { chromium, type Browser, type LaunchOptions } from 'playwright-core';
import { describeWith, systemProgram } from './system-program';

/** The browser of the system: no test downloads one. */
const CHROMIUM = 'chromium';

/** Connections of its own would only be refused, many at a time, where the network is closed. */
const QUIET = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A suite that needs Chromium; where it is missing the suite is skipped, and says so. */
export function describeInChromium(title: string, suite: () => void): void {
  describeWith(CHROMIUM, title, suite);
}

export function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: systemProgram(CHROMIUM),
    ...options,
    args: ['--no-sandbox', '--disable-gpu', ...QUIET, ...(options.args ?? [])],
  });
}
