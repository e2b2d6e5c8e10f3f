import { isFatal } from './auth-error.js';
import type { AnonymousReason } from './state.js';

/** What a team meets first, in a browser that says nothing about it. */
const COOKIE_HELP =
  'portcullis: no cookie was kept. Page and API must be one site, on HTTPS or localhost.';

/** What a sign-in that leaves no cookie ends with, and help where a developer looks for it. */
export function rejected(): 'cookie_rejected' {
  console.error(COOKIE_HELP);
  return 'cookie_rejected';
}

/** The codes that end a session are the reasons that a page may show; whatever else ended it was elsewhere. */
export function reasonOf(code: unknown): AnonymousReason {
  if (!isFatal(code)) return 'signed_out_elsewhere';
  return code === 'unauthenticated' ? 'session_revoked' : code;
}
