import type { AuthState } from './state.js';
import { isSignedIn, signedInOf } from './wire.js';

/** Where a page carries the state that it was rendered with. */
export const STATE_ELEMENT_ID = 'portcullis-state';

/**
 * The state that the server rendered this page with, for `initialState` of the client. Undefined where
 * the page carries none, or nothing that such a server writes.
 *
 * @example
 * const initialState = readInitialState();
 * const auth = createAuthClient({ transport: 'session', ...(initialState && { initialState }) });
 */
export function readInitialState(
  page: {
    querySelector(selectors: string): { readonly textContent: string | null } | null;
  } = document,
): AuthState | undefined {
  try {
    // Whoever may put elements into the page, by a comment say, may name them as they like; a script they may not.
    const text = page.querySelector(`script#${STATE_ELEMENT_ID}`)?.textContent;
    return text ? stateOf(JSON.parse(text)) : undefined;
  } catch {
    return undefined;
  }
}

function stateOf(read: unknown): AuthState | undefined {
  const { status } = Object(read) as { readonly status?: unknown };
  if (status === 'anonymous') return { status, reason: 'never' };
  if (status !== 'authenticated' || !isSignedIn(read)) return undefined;
  const { id, email, emailVerified, displayName } = read.user;
  return { status, ...signedInOf(read), user: { id, email, emailVerified, displayName } };
}
