'use client';

import { Fragment, useEffect, useRef, useSyncExternalStore, type ReactNode } from 'react';
import { safeReturnTo } from '../return-to.js';
import { signedInBy, type Permission } from '../state.js';
import { useAuthClient } from './auth-provider.js';
import { PerPerson } from './gates.js';
import { sessionExpiryOf, type Expired } from './session-expiry.js';
import { useAuthState, useCan } from './use-auth.js';

/** What {@link RequireAuth} takes. */
export interface RequireAuthProps {
  /** Without it, being signed in is enough. */
  readonly permission?: Permission;
  /** Shown until it is known who is signed in, and while the page is being left. */
  readonly loading?: ReactNode;
  /** Shown to who is signed in and lacks the permission; without `onUnauthenticated` also to strangers. */
  readonly fallback?: ReactNode;
  /** Leads to the page to sign in, with the path to come back to. Called once, however often is rendered. */
  readonly onUnauthenticated?: (returnTo: string) => void;
  readonly children?: ReactNode;
}

/**
 * A page for people who are signed in. When a session runs out under it and a dialog of
 * `useSessionExpired` is there, what was typed stays where it is until the dialog is answered.
 *
 * @example
 * <RequireAuth onUnauthenticated={(returnTo) => navigate('/login', { state: { returnTo } })}>
 *   <Invoices />
 * </RequireAuth>
 */
export function RequireAuth(props: RequireAuthProps): ReactNode {
  const { permission, loading = null, fallback = null, onUnauthenticated, children } = props;
  const expiry = sessionExpiryOf(useAuthClient());
  const dialog = useSyncExternalStore(expiry.subscribe, expiry.attended, () => undefined);
  const userId = useAuthState((state) => signedInBy(state)?.user.id);
  const isKnown = useAuthState(({ status }) => status !== 'loading');
  const mayEnter = useCan(...(permission === undefined ? [] : [permission]));

  if (!isKnown) return loading;
  const shown = mayEnter ? userId : keptFor(dialog, permission);
  if (shown !== undefined) return <Fragment key={shown}>{children}</Fragment>;
  const isAnswered = userId !== undefined || dialog !== undefined;
  if (isAnswered || onUnauthenticated === undefined) return <PerPerson>{fallback}</PerPerson>;
  return <Leave by={onUnauthenticated}>{loading}</Leave>;
}

/** Whose page stays behind the dialog. Where a session was revoked, nothing of it is shown any more. */
function keptFor(dialog: Expired | undefined, wanted: Permission | undefined): string | undefined {
  if (dialog?.reason !== 'session_expired') return undefined;
  return wanted === undefined || dialog.permissions.includes(wanted) ? dialog.user.id : undefined;
}

/** Leads away once: an effect that runs twice, or a new function of the parent, leads nowhere else. */
function Leave(props: {
  readonly by: (returnTo: string) => void;
  readonly children: ReactNode;
}): ReactNode {
  const { by, children } = props;
  const client = useAuthClient();
  const hasLeft = useRef(false);
  useEffect(() => {
    // Somebody may have signed in between this rendering and its effect.
    if (hasLeft.current || signedInBy(client.getState()) !== undefined) return;
    hasLeft.current = true;
    by(safeReturnTo(location.href) ?? '/');
  }, [by, client]);
  return children;
}
