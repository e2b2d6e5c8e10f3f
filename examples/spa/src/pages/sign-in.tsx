import { useAuth } from '@portcullis/client/react';
import { useEffect, useId, useState, type ReactNode, type SubmitEvent } from 'react';
import { BrandMark, Icon } from '../../../shared/icon';
import { Notice } from '../../../shared/notice';
import { Action, Field, PasswordField } from '../controls';
import { RefusalNotice } from '../refusal-notice';
import { afterSignIn } from '../return-to';
import { navigate, useArrival, useLocation } from '../router';
import { useRefusal } from '../use-refusal';
import { endingWords } from '../words';
import { ChallengeView } from './challenge';

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
    <Gate>
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

/** The frame of the pages before one is in. */
function Gate({ children }: { readonly children: ReactNode }) {
  return (
    <div className="gate">
      <div className="gate-main">
        <header>
          <span className="brand">
            <BrandMark />
            Ledger
          </span>
        </header>
        <main className="gate-card">{children}</main>
        <footer className="gate-foot">
          An example of Portcullis. Its accounts are made for show.
        </footer>
      </div>
      <aside className="gate-side" aria-label="About this example">
        <h2>Nothing opens by accident.</h2>
        <ul>
          <li>
            <Icon name="shield" />
            The refresh token is in a cookie that no script can read.
          </li>
          <li>
            <Icon name="clock" />
            The access token lives in memory and renews itself.
          </li>
          <li>
            <Icon name="devices" />
            Sign out once, and every tab is closed to strangers.
          </li>
        </ul>
      </aside>
    </div>
  );
}
