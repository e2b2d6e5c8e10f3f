import type { FormField } from '@portcullis/nest';
import { html, NOTHING } from './html';
import { hidden, type Page } from './page';
import { errorSummary } from './refusal';

/** What to say of a refused login. Any other code gets {@link OTHERWISE}: the query is anybody's to write. */
const WORDS: ReadonlyMap<unknown, string> = new Map([
  ['invalid_credentials', 'The e-mail address or the password is wrong.'],
  ['validation_failed', 'Enter an e-mail address and a password.'],
  ['csrf_failed', 'The page was open for too long. Try again.'],
  ['throttled', 'There were too many attempts. Wait a while, then try again.'],
  ['overloaded', 'The server is busy. Try again in a moment.'],
  ['session_limit', 'You are signed in on as many devices as you may be. Sign out on one first.'],
]);

const OTHERWISE = 'Signing in did not work. Try again.';

/** What a login page is made of. */
export interface LoginPage {
  readonly field: FormField;
  readonly returnTo?: string;
  /** Why the last attempt was refused, as the query says. */
  readonly error: unknown;
}

/** The login form, with what was wrong with the last attempt. */
export function loginPage({ field, returnTo, error }: LoginPage): Page {
  const content = html`${error === undefined ? NOTHING : errorSummary('You are not signed in', WORDS.get(error) ?? OTHERWISE)}
    <form class="card" method="post" action="/auth/form/login">
      ${hidden(field)}
      ${returnTo === undefined ? NOTHING : hidden({ name: 'returnTo', value: returnTo })}
      <label>
        E-mail address
        <input name="email" type="email" autocomplete="username" required autofocus />
      </label>
      <label>
        Password
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      <button>Sign in</button>
    </form>`;
  return { title: 'Sign in', content, forgets: true };
}
