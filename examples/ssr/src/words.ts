/** What to tell a person: what happened, and what to do. */
export interface Words {
  readonly title: string;
  readonly text: string;
}

const REFUSALS: ReadonlyMap<string, Words> = new Map([
  [
    'invalid_credentials',
    {
      title: 'That did not match',
      text: 'Check the e-mail address and the password, and try again.',
    },
  ],
  [
    'validation_failed',
    { title: 'Something is missing', text: 'Enter an e-mail address and a password.' },
  ],
  [
    'throttled',
    { title: 'Too many attempts', text: 'To protect the account, further attempts have to wait.' },
  ],
  ['csrf_failed', { title: 'This page was open for too long', text: 'Please sign in once more.' }],
  ['overloaded', { title: 'Many people are signing in', text: 'Please try again in a moment.' }],
  [
    'session_limit',
    {
      title: 'You are signed in on too many devices',
      text: 'Sign out on one of them, then try again.',
    },
  ],
]);

const OTHERWISE: Words = { title: 'You are not signed in', text: 'Please try again.' };

/** The words for the code of the address. Anybody may have written it, so it is never shown itself. */
export function wordsOfRefusal(code: string): Words {
  return REFUSALS.get(code) ?? OTHERWISE;
}

const FORM_REFUSALS: ReadonlyMap<string, Words> = new Map([
  [
    'forbidden',
    {
      title: 'You may not approve this invoice',
      text: 'Whoever wrote an invoice cannot approve it, and not every role approves.',
    },
  ],
  [
    'conflict',
    {
      title: 'Somebody was faster',
      text: 'The invoice was approved already. Nothing is left to do.',
    },
  ],
  ['not_found', { title: 'The invoice is gone', text: 'It may have been removed meanwhile.' }],
  [
    'csrf_failed',
    { title: 'This page was open for too long', text: 'Nothing was changed. Please try again.' },
  ],
  ['throttled', { title: 'Too many requests', text: 'Please wait a moment, and try again.' }],
]);

const NOTHING_DONE: Words = {
  title: 'That did not work',
  text: 'Nothing was changed. Please try again.',
};

/** The same for a form on a page of somebody signed in, which led back there. */
export function wordsOfFormRefusal(code: string): Words {
  return FORM_REFUSALS.get(code) ?? NOTHING_DONE;
}

const ENDINGS: ReadonlyMap<string, string> = new Map([
  ['signed_out_elsewhere', 'You were signed out in another tab or on another device.'],
  ['session_expired', 'You were away for a while, so your session has ended.'],
  ['session_revoked', 'Your session was ended.'],
  ['account_disabled', 'This account is disabled. Please ask an administrator.'],
]);

/** Why nobody is signed in any more. */
export function wordsOfEnding(reason: string | undefined): string {
  return ENDINGS.get(reason ?? '') ?? 'You are signed out.';
}
