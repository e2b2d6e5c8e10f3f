import type { Browser } from './browser.js';

/** What the readable cookie says: that a session may exist, and which. It holds no secret. */
export interface Hint {
  /** The beginning of a digest of the session's id. */
  readonly session: string;
  readonly generation: number;
  readonly authorityVersion: number;
}

/** Both presets of the server: with and without the prefix. */
const COOKIE = /(?:^|; )(?:__Host-|__Secure-)?portcullis-hint=([\w-]+)\.(\d+)\.(\d+)(?:;|$)/;

/** The hint of the present page; undefined when nobody is signed in, or none can be read. */
export function readHint(browser: Browser): Hint | undefined {
  const [, session, generation, authorityVersion] = COOKIE.exec(browser.cookies()) ?? [];
  if (session === undefined) return undefined;
  return { session, generation: Number(generation), authorityVersion: Number(authorityVersion) };
}
