import { safeReturnTo } from '@portcullis/nest';
import { html, type Html } from './html';

/** Only to parse against. */
const HERE = 'http://here.invalid';

/** What to say of a form that was refused. Any other code gets {@link OTHERWISE}: the query is anybody's to write. */
const WORDS: ReadonlyMap<unknown, string> = new Map([
  ['csrf_failed', 'The page was open for too long. Try again.'],
  ['throttled', 'There were too many requests. Wait a while, then try again.'],
]);

const OTHERWISE = 'Nothing was changed. Try again.';

/** Why the last form was refused, for the page that it led back to. */
export function refusalSummary(code: unknown): Html {
  return errorSummary('That did not work', WORDS.get(code) ?? OTHERWISE);
}

/** What went wrong, in front of what to do about it. */
export function errorSummary(title: string, words: string): Html {
  return html`<div class="errors" role="alert">
    <h2>${title}</h2>
    <p>${words}</p>
  </div>`;
}

/** The page that a refused form came from, with the reason in its query; undefined where it names none of ours. */
export function backWith(code: string, returnTo: unknown): string | undefined {
  const page = safeReturnTo(returnTo);
  if (page === undefined) return undefined;
  const { pathname, searchParams } = new URL(page, HERE);
  searchParams.set('error', code);
  return safeReturnTo(`${pathname}?${searchParams.toString()}`);
}
