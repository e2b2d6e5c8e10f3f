import { createAuthClient, type AuthState } from '@portcullis/client';
import { AuthProvider } from '@portcullis/client/react';
import { scriptTag } from '@portcullis/client/server';
import type { ReactNode } from 'react';
import { renderToStaticMarkup, renderToString } from 'react-dom/server';
import { App } from './app';
import { titleOf, type Page } from './page';
import { AwayView } from './pages/blanks';
import { API, FORGETTING_SHEET, PAGE_ELEMENT_ID } from './paths';

/** Addresses of what every page loads. */
export interface Assets {
  readonly script: string;
  readonly style: string;
}

/** What a document is made with. */
export interface DocumentOptions {
  readonly page: Page;
  readonly state: AuthState;
  readonly nonce: string;
  readonly assets: Assets;
}

/** A whole document: what the browser's first rendering will be, and what it needs for that. */
export function documentOf({ page, state, nonce, assets }: DocumentOptions): string {
  const client = createAuthClient({
    transport: 'session',
    baseUrl: `${API}/auth`,
    initialState: state,
  });
  try {
    const content = renderToString(
      <AuthProvider client={client}>
        <App page={page} />
      </AuthProvider>,
    );
    const data = scriptTag(state, { nonce }) + dataTag(page);
    return whole(
      <Skeleton title={titleOf(page)} assets={assets} forgets={page.kind === 'login'}>
        <div id="root" dangerouslySetInnerHTML={{ __html: content }} />
        <div hidden dangerouslySetInnerHTML={{ __html: data }} />
        <script type="module" src={assets.script} nonce={nonce} />
      </Skeleton>,
    );
  } finally {
    client.dispose();
  }
}

/** The document for when nothing is known. It runs no script. */
export function awayDocument(path: string, assets: Assets): string {
  return whole(
    <Skeleton title="Away" assets={assets}>
      <AwayView path={path} />
    </Skeleton>,
  );
}

interface SkeletonProps {
  readonly title: string;
  readonly assets: Assets;
  /** Whether the browser forgets the pages of before. */
  readonly forgets?: boolean;
  readonly children: ReactNode;
}

function Skeleton({ title, assets, forgets = false, children }: SkeletonProps) {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Ledger`}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href={assets.style} />
        {forgets && <link rel="stylesheet" href={FORGETTING_SHEET} />}
      </head>
      <body>{children}</body>
    </html>
  );
}

function whole(element: ReactNode): string {
  return `<!doctype html>${renderToStaticMarkup(element)}`;
}

/** Data that no browser runs, and that nothing in it can end. */
function dataTag(page: Page): string {
  const json = JSON.stringify(page).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `<script type="application/json" id="${PAGE_ELEMENT_ID}">${json}</script>`;
}
