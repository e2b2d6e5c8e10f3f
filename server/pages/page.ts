import type { FormField } from '@portcullis/nest';
import { html, NOTHING, type Html } from './html';
import { FORGET_SHEET, STYLE_SHEET } from './paths';

/** What every page is made of. */
export interface Page {
  readonly title: string;
  readonly content: Html;
  /** The hidden field of the sign-out form; absent on pages for strangers. */
  readonly signOut?: FormField;
  /** Whether browsers forget the pages that they keep in memory, as where somebody signed out. */
  readonly forgets?: boolean;
}

/** A whole document. */
export function documentOf({ title, content, signOut, forgets }: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Portcullis reference</title>
        <link rel="stylesheet" href="${STYLE_SHEET}" />
        ${forgets === true ? html`<link rel="stylesheet" href="${FORGET_SHEET}" />` : NOTHING}
      </head>
      <body>
        <header>
          <strong>Portcullis reference</strong>
          ${signOut === undefined ? NOTHING : signOutForm(signOut)}
        </header>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `.text;
}

/** The field that proves that a form is of a page of ours. */
export function hidden({ name, value }: FormField): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`;
}

function signOutForm(field: FormField): Html {
  return html`<form method="post" action="/auth/form/logout">
    ${hidden(field)}<button class="quiet">Sign out</button>
  </form>`;
}
