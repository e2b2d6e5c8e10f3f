import { useSessionExpired } from '@portcullis/client/react';
import { Action } from './controls';
import { Dialog } from './dialog';
import { PasswordForm } from './password-form';
import { endingWords } from './words';

/** A session that ended under somebody's hands is begun again in place. */
export function SessionExpiredDialog() {
  const { open, reason, email, signIn, dismiss } = useSessionExpired();
  if (!open) return null;
  // What was revoked may be in the wrong hands, and nothing of the page is shown meanwhile.
  const kept = reason === 'session_expired' ? ' What you were doing is still here.' : '';
  return (
    <Dialog
      title="Please sign in again"
      text={`${endingWords(reason) ?? 'Your session has ended.'}${kept}`}
      onClose={dismiss}
    >
      <PasswordForm
        email={email}
        confirm="Sign in and go on"
        submit={(password) => signIn(password)}
        cancel={<Action onClick={dismiss}>Use another account</Action>}
      />
    </Dialog>
  );
}
