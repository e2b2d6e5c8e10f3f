import { useStepUp, useUser } from '@portcullis/client/react';
import { Action } from './controls';
import { Dialog } from './dialog';
import { PasswordForm } from './password-form';

/** The server asks for a fresh sign-in; afterwards the request that it refused is sent again by itself. */
export function StepUpDialog() {
  const { open, confirm, cancel } = useStepUp();
  const user = useUser();
  if (!open) return null;
  return (
    <Dialog
      title="Is it still you?"
      text="This changes what people may do. Please confirm it with your password."
      onClose={cancel}
    >
      <PasswordForm
        email={user?.email}
        confirm="Confirm"
        submit={confirm}
        cancel={<Action onClick={cancel}>Cancel</Action>}
      />
    </Dialog>
  );
}
