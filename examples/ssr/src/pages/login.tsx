import { FormToken } from '../forms';
import { Gate } from '../gate';
import type { LoginPage } from '../page';
import { API } from '../paths';
import { Refusal } from '../refusal';
import { wordsOfRefusal } from '../words';

/** A form and nothing else: it works with script and without. */
export function LoginView({ page }: { readonly page: LoginPage }) {
  const { formToken, returnTo, error } = page;
  const isWrong = error === 'invalid_credentials' || error === 'validation_failed';
  const described = {
    'aria-invalid': isWrong || undefined,
    'aria-describedby': error === undefined ? undefined : 'refusal',
  };
  return (
    <Gate>
      <header>
        <h1>Sign in to Ledger</h1>
        <p className="muted">Use the account that you were given.</p>
      </header>
      <form className="stack" method="post" action={`${API}/auth/form/login`}>
        {error !== undefined && <Refusal {...wordsOfRefusal(error)} />}
        <FormToken formToken={formToken} />
        {returnTo !== undefined && <input type="hidden" name="returnTo" value={returnTo} />}
        <div className="field">
          <label htmlFor="email">E-mail address</label>
          <input
            className="input"
            id="email"
            name="email"
            type="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={254}
            required
            {...described}
          />
        </div>
        <div className="field">
          <label htmlFor="password">Password</label>
          <input
            className="input"
            id="password"
            name="password"
            type="password"
            autoComplete="current-password"
            required
            {...described}
          />
        </div>
        <button className="button button-primary button-wide">Sign in</button>
      </form>
    </Gate>
  );
}
