import type { AuthState } from './state.js';

/** Where a page carries the state that it was rendered with. */
export const STATE_ELEMENT_ID = 'portcullis-state';

/** What is read of a document. */
interface Carrier {
  getElementById(
    id: string,
  ): { readonly localName: string; readonly textContent: string | null } | null;
}

/**
 * The state that the server rendered this page with, for `initialState` of the client. Undefined where
 * the page carries none, or nothing that such a server writes.
 *
 * @example
 * const initialState = readInitialState();
 * const auth = createAuthClient({ transport: 'session', ...(initialState && { initialState }) });
 */
export function readInitialState(page: Carrier = document): AuthState | undefined {
  const element = page.getElementById(STATE_ELEMENT_ID);
  // Text of others that a page shows as markup may have an id; no filter lets a script through.
  if (element?.localName !== 'script' || !element.textContent) return undefined;
  try {
    return stateOf(JSON.parse(element.textContent));
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
