import type { Browser } from './browser.js';

/** What the readable cookie says: that a session may exist, and which. It holds no secret. */
export interface Hint {
  /** The beginning of a digest of the session's id. */
  readonly session: string;
  readonly generation: number;
}

/** Both presets of the server: with and without the prefix. */
const COOKIE = /(?:^|; )(?:__Host-)?portcullis-hint=([\w-]+)\.(\d+)\.\d+(?:;|$)/;

/** The hint of the present page; undefined when nobody is signed in, or none can be read. */
export function readHint(browser: Browser): Hint | undefined {
  // Another host of the site can plant one without the prefix, which sorts after the one with it.
  const cookies = browser.cookies().split('; ').sort().join('; ');
  const [, session, generation] = COOKIE.exec(cookies) ?? [];
  return session === undefined ? undefined : { session, generation: Number(generation) };
}
