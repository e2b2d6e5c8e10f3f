import { useAuth } from '@portcullis/client/react';
import { useEffect, useId, useState, type SubmitEvent } from 'react';
import { Gate, type GateProps } from '../../../shared/gate';
import { Notice } from '../../../shared/notice';
import { Action, Field, PasswordField } from '../controls';
import { RefusalNotice } from '../refusal-notice';
import { afterSignIn } from '../return-to';
import { navigate, useArrival, useLocation } from '../router';
import { useRefusal } from '../use-refusal';
import { endingWords } from '../words';
import { ChallengeView } from './challenge';

const POINTS: GateProps['points'] = [
  { icon: 'shield', text: 'The refresh token is in a cookie that no script can read.' },
  { icon: 'clock', text: 'The access token lives in memory and renews itself.' },
  { icon: 'devices', text: 'Sign out once, and every tab is closed to strangers.' },
];

/** Where everybody comes in, and from where they go to the page first asked for. */
export function SignInPage() {
  const { isAuthenticated, challenge } = useAuth();
  const { search } = useLocation();
  const returnTo = afterSignIn(search);
  const [isStartingOver, startOver] = useState(false);

  useEffect(() => {
    if (isAuthenticated) navigate(returnTo, { replace: true });
  }, [isAuthenticated, returnTo]);

  return (
    <Gate title="Nothing opens by accident." points={POINTS}>
      {challenge && !isStartingOver ? (
        <ChallengeView challenge={challenge} onStartOver={() => startOver(true)} />
      ) : (
        <SignInForm onSubmit={() => startOver(false)} />
      )}
    </Gate>
  );
}

function SignInForm({ onSubmit }: { onSubmit(this: void): void }) {
  const { login, reason } = useAuth();
  const heading = useArrival('Sign in');
  const summaryId = useId();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [isMissing, setMissing] = useState(false);
  const refusal = useRefusal();
  const { error, isPending, wait, run } = refusal;
  const isWrong = error?.code === 'invalid_credentials';
  const ending = endingWords(reason);
  const missing = (value: string, words: string) => (isMissing && value === '' ? words : undefined);

  const send = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setMissing(true);
    if (email === '' || password === '') {
      const empty = email === '' ? 'email' : 'password';
      event.currentTarget.querySelector<HTMLInputElement>(`[name=${empty}]`)?.focus();
      return;
    }
    if (wait > 0) return;
    onSubmit();
    void run(() => login({ email: email.trim(), password }));
  };

  return (
    <>
      <header>
        <h1 ref={heading} tabIndex={-1}>
          Sign in to Ledger
        </h1>
        <p className="muted">Use the account that you were given.</p>
      </header>
      {error === undefined && ending !== undefined && <Notice tone="info" title={ending} />}
      <form className="stack" onSubmit={send} noValidate>
        <RefusalNotice id={summaryId} refusal={refusal} />
        <Field
          label="E-mail address"
          type="email"
          name="email"
          autoComplete="username"
          autoCapitalize="none"
          inputMode="email"
          spellCheck={false}
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          error={missing(email, 'Enter your e-mail address.')}
          {...(isWrong && { invalid: true })}
          describedBy={error === undefined ? undefined : summaryId}
        />
        <PasswordField
          name="password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={missing(password, 'Enter your password.')}
          {...(isWrong && { invalid: true })}
          describedBy={error === undefined ? undefined : summaryId}
        />
        <Action
          kind="primary"
          type="submit"
          className="button-wide"
          pending={isPending}
          off={wait > 0}
        >
          {wait > 0 ? `Wait ${wait} s` : 'Sign in'}
        </Action>
      </form>
    </>
  );
}
