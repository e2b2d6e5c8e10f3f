import type { AnonymousReason, AuthError } from '@portcullis/client';

/** What to tell a person about a refusal: what happened, and what to do. */
export interface Words {
  readonly title: string;
  readonly text: string;
}

const AWAY: Words = {
  title: 'The server is away',
  text: 'Nothing is lost. Please try again in a moment.',
};

const WORDS: Readonly<Record<string, Words>> = {
  invalid_credentials: {
    title: 'That did not match',
    text: 'Check the e-mail address and the password, and try again.',
  },
  throttled: {
    title: 'Too many attempts',
    text: 'To protect the account, further attempts have to wait.',
  },
  overloaded: { title: 'Many people are signing in', text: 'Please try again in a moment.' },
  validation_failed: { title: 'Something is missing', text: 'Please look at the marked fields.' },
  offline: { title: 'You are offline', text: 'Check the connection and try again.' },
  network: AWAY,
  timeout: AWAY,
  protocol: AWAY,
  database_unavailable: AWAY,
  authority_stale: AWAY,
  forbidden: {
    title: 'You may not do this',
    text: 'Your role does not include it, or it takes a second pair of eyes.',
  },
  conflict: { title: 'Somebody was faster', text: 'This was changed in the meantime.' },
  separation_of_duty: {
    title: 'These roles exclude each other',
    text: 'Nobody may write invoices and approve them.',
  },
  last_administrator: {
    title: 'This is the last administrator',
    text: 'Somebody has to be left who can give roles.',
  },
  not_found: { title: 'This does not exist', text: 'It may have been removed.' },
  step_up_required: {
    title: 'Not confirmed',
    text: 'Nothing was changed, because it was not confirmed that it is you.',
  },
};

/** The words for an error of the client or the server. Unknown codes show what support can look up. */
export function wordsFor(error: AuthError): Words {
  const known = WORDS[error.code];
  if (known !== undefined) return known;
  const reference = error.requestId === undefined ? error.code : `reference ${error.requestId}`;
  return { title: 'Something went wrong', text: `Please try again (${reference}).` };
}

const ENDINGS: Readonly<Partial<Record<AnonymousReason, string>>> = {
  signed_out: 'You are signed out.',
  signed_out_elsewhere: 'You were signed out in another tab or on another device.',
  session_expired: 'You were away for a while, so your session has ended.',
  session_revoked: 'Your session was ended.',
  refresh_reused: 'Your session was ended because it was used from two places at once.',
  account_disabled: 'This account is disabled. Please ask an administrator.',
};

/** Why nobody is signed in, where there is something to say about it. */
export function endingWords(reason: AnonymousReason | undefined): string | undefined {
  return reason === undefined ? undefined : ENDINGS[reason];
}
