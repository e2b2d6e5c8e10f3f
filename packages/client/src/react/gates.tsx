'use client';

import { Fragment, type ReactNode } from 'react';
import { signedInBy, type Permission } from '../state.js';
import { holds, useAuthState } from './use-auth.js';

/** What {@link Can} takes: one permission, or several of which all or any are wanted. */
export type CanProps = {
  readonly fallback?: ReactNode;
  readonly children?: ReactNode;
} & (
  | { readonly permission: Permission; readonly permissions?: never; readonly mode?: never }
  | {
      readonly permission?: never;
      readonly permissions: readonly Permission[];
      /** @default 'all' */
      readonly mode?: 'all' | 'any';
    }
);

/** Mounts its children anew for another person. @internal */
export function PerPerson({ children }: { readonly children?: ReactNode }): ReactNode {
  const id = useAuthState((state) => signedInBy(state)?.user.id);
  return <Fragment key={id ?? ''}>{children}</Fragment>;
}

/**
 * Shows its children to who may do something. It hides a button, and protects nothing: the server does.
 * Nothing of one person is left for the next.
 *
 * @example
 * <Can permission="invoices:approve" fallback={<Pending />}><ApproveButton /></Can>
 */
export function Can(props: CanProps): ReactNode {
  const { permission, permissions, mode = 'all', fallback = null, children } = props;
  const wanted = permission === undefined ? permissions : [permission];
  const mayIt = useAuthState((state) => holds(state, wanted, mode));
  return <PerPerson>{mayIt ? children : fallback}</PerPerson>;
}

/** Shows its children while somebody is signed in. Nothing of one person is left for the next. */
export function SignedIn({ children }: { readonly children?: ReactNode }): ReactNode {
  const isSignedIn = useAuthState((state) => signedInBy(state) !== undefined);
  return isSignedIn && <PerPerson>{children}</PerPerson>;
}

/** Shows its children while it is known that nobody is signed in. */
export function SignedOut({ children }: { readonly children?: ReactNode }): ReactNode {
  return useAuthState(({ status }) => status === 'anonymous' || status === 'challenge')
    ? children
    : null;
}

/** Shows its children until it is known whether somebody is signed in. */
export function AuthLoading({ children }: { readonly children?: ReactNode }): ReactNode {
  return useAuthState(({ status }) => status === 'loading') ? children : null;
}
