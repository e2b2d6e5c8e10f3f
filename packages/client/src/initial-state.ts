import type { AuthState } from './state.js';

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
  page: { getElementById(id: string): { readonly textContent: string | null } | null } = document,
): AuthState | undefined {
  const text = page.getElementById(STATE_ELEMENT_ID)?.textContent;
  if (!text) return undefined;
  try {
    return stateOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function stateOf(read: unknown): AuthState | undefined {
  const { status, user, session, roles, permissions, authorityVersion } = Object(read) as Partial<
    Extract<AuthState, { status: 'authenticated' }>
  >;
  if ((status as string) === 'anonymous') return { status: 'anonymous', reason: 'never' };
  if (status !== 'authenticated' || !user?.id || !session?.id) return undefined;
  if (!Array.isArray(roles) || !Array.isArray(permissions)) return undefined;
  return { status, user, session, roles, permissions, authorityVersion: authorityVersion ?? 0 };
}
