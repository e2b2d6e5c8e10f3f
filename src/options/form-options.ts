import { safeReturnTo } from '../requests/return-to';
import { print, type OptionReader } from './option-reader';

/** Where the form routes send a browser: pages of the application, on the origin of this server. @publicApi */
export interface FormOptions {
  /**
   * Path of the page with the login form. A failed login comes back to it with `?error=<code>` and, where
   * the form had one, `returnTo`; a logout leads there too. Example: `/login`.
   */
  readonly loginPage: string;
  /**
   * Path of the page that a login without `returnTo` leads to. A logout whose form was refused leads there
   * with `?error=<code>`, since the session goes on. Example: `/`.
   */
  readonly homePage: string;
}

/** How long a page with a form may stay open. */
export const FORM_TOKEN_SECONDS = 86_400;

export function checkFormOptions(reader: OptionReader, given: FormOptions | undefined): void {
  if (given === undefined) return;
  const section = reader.section('forms', given, ['loginPage', 'homePage']);
  for (const name of ['loginPage', 'homePage'] as const) {
    const page: unknown = section[name];
    if (typeof page === 'string' && safeReturnTo(page) !== undefined && !/[?#]/.test(page))
      continue;
    reader.refuse({
      option: `forms.${name}`,
      value: print(page),
      bound: 'a path of this server such as /login, without a query',
      reason: 'browsers are sent there',
    });
  }
}
