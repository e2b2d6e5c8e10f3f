'use client';

import { useMemo, useSyncExternalStore } from 'react';
import type { User } from '../state.js';
import { useAuthClient } from './auth-provider.js';
import { sessionExpiryOf, type Expired } from './session-expiry.js';
import { stepUpPromptOf } from './step-up-prompt.js';

/** What {@link useSessionExpired} answers. */
export interface SessionExpiredDialog {
  readonly open: boolean;
  readonly reason: Expired['reason'] | undefined;
  /** Who was signed in. */
  readonly email: string | undefined;
  /**
   * Signs in again in place, with another address where it is somebody else; `onUserChange` tells then.
   *
   * @throws AuthError as `login` of the client
   */
  readonly signIn: (password: string, email?: string) => Promise<User>;
  /** Closes the dialog; a page that needs somebody signed in is left. */
  readonly dismiss: () => void;
}

/** What {@link useStepUp} answers. */
export interface StepUpDialog {
  readonly open: boolean;
  /** Proves it; the requests that wait are sent once more. @throws AuthError as `stepUp` of the client */
  readonly confirm: (password: string) => Promise<void>;
  /** Refuses; the requests that wait get the refusal of their API. */
  readonly cancel: () => void;
}

/**
 * The dialog for a session that ended under somebody, without its looks. Use it once, beside the pages
 * and not within one of them.
 *
 * @example
 * const { open, email, signIn, dismiss } = useSessionExpired();
 * return open && <PasswordDialog email={email} onSubmit={signIn} onClose={dismiss} />;
 */
export function useSessionExpired(): SessionExpiredDialog {
  const expiry = sessionExpiryOf(useAuthClient());
  const expired = useSyncExternalStore(expiry.attend, expiry.expired, nothing);
  return useMemo(
    () => ({
      open: expired !== undefined,
      reason: expired?.reason,
      email: expired?.user.email,
      signIn: (password, email) => expiry.signIn(password, email),
      dismiss: expiry.dismiss,
    }),
    [expiry, expired],
  );
}

/**
 * The dialog for what asks for a fresh proof, without its looks. Use it once, beside the pages.
 *
 * @example
 * const { open, confirm, cancel } = useStepUp();
 * return open && <PasswordDialog onSubmit={confirm} onClose={cancel} />;
 */
export function useStepUp(): StepUpDialog {
  const prompt = stepUpPromptOf(useAuthClient());
  const open = useSyncExternalStore(prompt.attend, prompt.isOpen, () => false);
  const { confirm, cancel } = prompt;
  return useMemo(() => ({ open, confirm, cancel }), [open, confirm, cancel]);
}

function nothing(): undefined {
  return undefined;
}
