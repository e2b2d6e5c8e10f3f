import type { Browser } from './browser.js';

/** What the readable cookie says: that a session may exist, and which. It holds no secret. */
export interface Hint {
  /** The beginning of a digest of the session's id; undefined when nobody is signed in, or none can be read. */
  readonly session: string | undefined;
  /** Lower than every generation where there is no session. */
  readonly generation: number;
}

/**
 * Both presets of the server: with and without the prefix. Another host of the site can plant one without
 * it, which counts for nothing beside the other.
 */
const COOKIE =
  /(?:^|; )(?:__Host-)?portcullis-hint=([\w-]+)\.(\d+)\.\d+(?:;(?!.*__Host-portcullis-hint=)|$)/;

/** The hint of the present page. */
export function readHint(browser: Browser): Hint {
  const [, session, generation = -1] = COOKIE.exec(browser.cookies()) ?? [];
  return { session, generation: Number(generation) };
}
