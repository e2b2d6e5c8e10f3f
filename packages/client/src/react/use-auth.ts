'use client';

import { useMemo, useSyncExternalStore } from 'react';
import type { Challenge } from '../auth-error.js';
import type { AuthClient } from '../client.js';
import {
  signedInBy,
  type AnonymousReason,
  type AuthState,
  type Permission,
  type Role,
  type Session,
  type User,
} from '../state.js';
import { useAuthClient } from './auth-provider.js';

/** What {@link useAuth} answers. */
export interface Auth extends Pick<AuthClient, 'login' | 'logout' | 'refreshAuth' | 'stepUp'> {
  readonly status: AuthState['status'];
  readonly user: User | null;
  readonly session: Session | null;
  /** Whether it is not known yet if somebody is signed in. */
  readonly loading: boolean;
  /** Also while the state is `stale`: a dead network signs nobody out. */
  readonly isAuthenticated: boolean;
  /** Why nobody is signed in. */
  readonly reason: AnonymousReason | undefined;
  /** The second factor that is asked for. */
  readonly challenge: Challenge | undefined;
  readonly client: AuthClient;
}

/**
 * A part of the state. The component renders again when that part is another, so select a primitive or
 * an object that the state holds; a token refresh changes nothing of it.
 *
 * While a page of a server comes alive the part is that which the server rendered, whatever is known by then.
 *
 * @example
 * const email = useAuthState((state) => ('user' in state ? state.user.email : undefined));
 */
export function useAuthState<Part>(select: (state: AuthState) => Part): Part {
  const { subscribe, getState, getInitialState } = useAuthClient();
  return useSyncExternalStore(
    subscribe,
    () => select(getState()),
    () => select(getInitialState()),
  );
}

/** Everything at once. A component that shows only the name of the person is better off with {@link useUser}. */
export function useAuth(): Auth {
  const client = useAuthClient();
  const state = useAuthState(itself);
  return useMemo(() => {
    const signedIn = signedInBy(state);
    return {
      status: state.status,
      user: signedIn?.user ?? null,
      session: signedIn?.session ?? null,
      loading: state.status === 'loading',
      isAuthenticated: signedIn !== undefined,
      reason: state.status === 'anonymous' ? state.reason : undefined,
      challenge: state.status === 'challenge' ? state.challenge : undefined,
      login: (input) => client.login(input),
      logout: (options) => client.logout(options),
      refreshAuth: () => client.refreshAuth(),
      stepUp: (proof) => client.stepUp(proof),
      client,
    };
  }, [client, state]);
}

/** Who is signed in. */
export function useUser(): User | null {
  return useAuthState(userOf);
}

/** The session, as far as it does not change with each refresh. */
export function useSession(): Session | null {
  return useAuthState((state) => signedInBy(state)?.session ?? null);
}

/**
 * Whether the person holds every one of the permissions. For what to show; the server decides. It
 * changes without a reload when somebody changes a role.
 */
export function useCan(...permissions: readonly Permission[]): boolean {
  return useAuthState((state) => holds(state, permissions, 'all'));
}

/** Whether the person has the role. */
export function useRole(role: Role): boolean {
  return useAuthState((state) => signedInBy(state)?.roles.includes(role) ?? false);
}

/** @internal */
export function holds(
  state: AuthState,
  permissions: readonly Permission[],
  mode: 'all' | 'any',
): boolean {
  const held = signedInBy(state)?.permissions;
  if (held === undefined) return false;
  const isHeld = (permission: Permission) => held.includes(permission);
  return mode === 'all' ? permissions.every(isHeld) : permissions.some(isHeld);
}

function itself(state: AuthState): AuthState {
  return state;
}

function userOf(state: AuthState): User | null {
  return signedInBy(state)?.user ?? null;
}
