import { STATE_ELEMENT_ID } from '../initial-state.js';
import type { AuthState } from '../state.js';

/** What {@link scriptTag} needs of the page. */
export interface ScriptTagOptions {
  /** The nonce of the page's Content-Security-Policy. Data needs none; a policy for scripts may ask. */
  readonly nonce?: string;
}

/** What ends a script element or begins a comment in it, and what JSON allows and JavaScript does not. */
const UNSAFE = /[<>&\u2028\u2029]/g;
const NONCE = /^[\w+/=-]+$/;

/**
 * The element that hands a state to the browser: data that no browser runs. Read it there with
 * `readInitialState`.
 *
 * @throws TypeError for a nonce that is not base64, which could end the attribute
 */
export function scriptTag(state: AuthState, { nonce }: ScriptTagOptions = {}): string {
  if (nonce !== undefined && !NONCE.test(nonce)) throw new TypeError('nonce: must be base64');
  const json = JSON.stringify(state).replace(UNSAFE, escaped);
  const attribute = nonce === undefined ? '' : ` nonce="${nonce}"`;
  return `<script type="application/json" id="${STATE_ELEMENT_ID}"${attribute}>${json}</script>`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
