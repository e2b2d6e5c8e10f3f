import { createAuthClient, readInitialState } from '@portcullis/client';
import { AuthProvider } from '@portcullis/client/react';
import { hydrateRoot } from 'react-dom/client';
import { App } from './app';
import { Live } from './live';
import type { Page } from './page';
import { API, PAGE_ELEMENT_ID } from './paths';

const root = document.getElementById('root');
const carried = document.getElementById(PAGE_ELEMENT_ID);
const initialState = readInitialState();

if (root !== null && carried !== null && initialState !== undefined) {
  const page = JSON.parse(carried.textContent) as Page;
  // Once the session ends nothing of it may be left on the page, and these are of it.
  carried.parentElement?.remove();
  const client = createAuthClient({ transport: 'session', baseUrl: `${API}/auth`, initialState });
  hydrateRoot(
    root,
    <AuthProvider client={client}>
      <App page={page} />
      <Live />
    </AuthProvider>,
  );
}
