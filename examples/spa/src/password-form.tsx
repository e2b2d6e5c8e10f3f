import { useId, useState, type ReactNode, type SubmitEvent } from 'react';
import { Action, PasswordField } from './controls';
import { RefusalNotice } from './refusal-notice';
import { useRefusal } from './use-refusal';

interface PasswordFormProps {
  /** Whose password is asked for; password managers look at it, too. */
  readonly email: string | null | undefined;
  readonly confirm: string;
  readonly cancel: ReactNode;
  submit(this: void, password: string): Promise<unknown>;
}

/** Asks somebody who is known already for the password alone. */
export function PasswordForm({ email, confirm, cancel, submit }: PasswordFormProps) {
  const summaryId = useId();
  const [password, setPassword] = useState('');
  const refusal = useRefusal();
  const { error, isPending, wait, run } = refusal;
  const send = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (password === '' || wait > 0) return;
    void run(() => submit(password));
  };
  return (
    <form className="stack" onSubmit={send}>
      <RefusalNotice id={summaryId} refusal={refusal} />
      <input
        className="input"
        name="username"
        autoComplete="username"
        aria-label="E-mail address"
        value={email ?? ''}
        readOnly
      />
      <PasswordField
        name="password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        required
        invalid={error?.code === 'invalid_credentials'}
        describedBy={error === undefined ? undefined : summaryId}
      />
      <div className="dialog-actions">
        {cancel}
        <Action kind="primary" type="submit" pending={isPending} off={wait > 0}>
          {confirm}
        </Action>
      </div>
    </form>
  );
}
