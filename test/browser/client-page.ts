import type { AuthClient } from '@portcullis/client';

declare global {
  // What the page leaves for the tests.
  var auth: AuthClient;
  /** Reasons for which a session ended here. */
  var ended: string[];
  /** Whoever took the place of somebody else here. */
  var changed: string[];
  /** Everything that stood on the page in turn. */
  var shown: string[];
}

/** A page with the client; its options stand in the query. */
export const PAGE = `<!doctype html>
<html lang="en">
<title>a page with the client</title>
<p id="who">…</p>
<a id="away" href="/elsewhere">away</a>
<script type="module" src="/page.js"></script>`;

/** It shows who is signed in, and leaves its client where a test finds it. */
export const SCRIPT = `import { createAuthClient, safeReturnTo } from '/client/index.js';
const options = Object.fromEntries(new URLSearchParams(location.search));
const auth = createAuthClient({
  baseUrl: options.baseUrl ?? '/auth',
  clientId: options.clientId ?? 'web',
  transport: options.transport ?? 'cookie',
  shareToken: options.shareToken !== 'false',
});
const who = document.getElementById('who');
window.shown = [];
const show = () => {
  const state = auth.getState();
  who.textContent = state.user?.email ?? state.reason ?? state.status;
  who.dataset.status = state.status;
  window.shown.push(who.textContent);
};
auth.subscribe(show);
window.ended = [];
auth.onSignOut((reason) => window.ended.push(reason));
window.changed = [];
auth.onUserChange(({ email }) => window.changed.push(email));
window.signInAndGoOn = async (account) => {
  await auth.login(account);
  location.assign(safeReturnTo(options.returnTo) ?? '/');
};
window.auth = auth;
await auth.start();
show();`;

/** A page without any script of ours. */
export const BARE_PAGE = '<!doctype html><html lang="en"><title>a page</title><p>nothing</p>';

/** No script but ours, nothing inline, no string that becomes code, and no frame around the page. */
export const POLICY = [
  `default-src 'none'`,
  `script-src 'self'`,
  `connect-src 'self' http://localhost:*`,
  `base-uri 'none'`,
  `frame-ancestors 'none'`,
  `require-trusted-types-for 'script'`,
].join('; ');
