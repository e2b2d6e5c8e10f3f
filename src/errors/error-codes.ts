/**
 * What each stable error code means: HTTP status, public title, and what a client should do.
 *
 * Codes are API: they never change their meaning, and a test pins them. `docs/errors.md` is
 * generated from this table.
 *
 * @publicApi
 */
export const ERROR_CODES = {
  validation_failed: {
    status: 400,
    title: 'The request is not valid',
    remedy: 'Correct the members named in `errors` and send the request again.',
  },
  password_policy: {
    status: 400,
    title: 'The password does not meet the policy',
    remedy: 'Show `errors` beside the password field and ask for another password.',
  },
  link_invalid: {
    status: 400,
    title: 'The link is not valid',
    remedy: 'Offer to send a new link; the old one was used, replaced or has expired.',
  },
  ambiguous_credentials: {
    status: 400,
    title: 'The request carries more than one credential',
    remedy: 'Send one credential: a bearer token, a session cookie or an API key.',
  },

  unauthenticated: {
    status: 401,
    title: 'Authentication is required',
    remedy: 'Sign in; from the refresh and session routes this ends the session in the client.',
  },
  invalid_credentials: {
    status: 401,
    title: 'The credentials are not valid',
    remedy: 'Ask for the credentials again, without saying which of them was wrong.',
  },
  invalid_token: {
    status: 401,
    title: 'The access token is not valid',
    remedy: 'Refresh once and repeat the request; sign in when the refresh is refused.',
  },
  invalid_client: {
    status: 401,
    title: 'The client is not known by these credentials',
    remedy: 'Check `clientId` and secret of the resource server, and how they are encoded.',
  },
  session_expired: {
    status: 401,
    title: 'The session has expired',
    remedy: 'Forget the session and ask to sign in.',
  },
  session_revoked: {
    status: 401,
    title: 'The session was ended',
    remedy: 'Forget the session and ask to sign in.',
  },
  refresh_reused: {
    status: 401,
    title: 'The session was ended because its token was used twice',
    remedy: 'Forget the session, ask to sign in and say that it was ended for safety.',
  },
  account_disabled: {
    status: 401,
    title: 'The account is disabled',
    remedy: 'Forget the session and point to whoever administers the account.',
  },
  mfa_required: {
    status: 401,
    title: 'A second factor is required',
    remedy: 'Ask for a second factor and send it with the token of `challenge`.',
  },
  step_up_required: {
    status: 401,
    title: 'A fresh authentication is required',
    remedy:
      'Ask for the password, send it to /auth/step-up (or sign in again), and repeat the request.',
  },

  forbidden: {
    status: 403,
    title: 'Access is denied',
    remedy: 'Do not repeat the request; an administrator would have to grant access.',
  },
  csrf_failed: {
    status: 403,
    title: 'The request lacks the proof that it was meant',
    remedy: 'Send the header `x-csrf: 1` with the cookie, or load the page of the form again.',
  },
  origin_refused: {
    status: 403,
    title: 'The origin of the request is not allowed',
    remedy: 'Add the exact origin of the page to the option `origins`, where it is yours.',
  },

  not_found: {
    status: 404,
    title: 'Not found',
    remedy: 'Treat the resource as absent; it may also be one the caller may not know of.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    remedy: 'Use a method that the route offers.',
  },

  conflict: {
    status: 409,
    title: 'The request conflicts with the current state',
    remedy: 'Read the current state and decide again.',
  },
  tenant_required: {
    status: 409,
    title: 'A tenant must be selected',
    remedy: 'Select a tenant for the session and repeat the request.',
  },
  role_cycle: {
    status: 409,
    title: 'The roles would inherit from each other',
    remedy: 'Remove the parent that leads back to the role.',
  },
  separation_of_duty: {
    status: 409,
    title: 'The roles may not be held together',
    remedy: 'Take away the other role first, or choose another one.',
  },
  last_administrator: {
    status: 409,
    title: 'The last administrator cannot be removed',
    remedy: 'Make another account administrator first.',
  },
  session_limit: {
    status: 409,
    title: 'The account has as many sessions as it may have',
    remedy: 'Ask to sign out on another device, and sign in again.',
  },

  payload_too_large: {
    status: 413,
    title: 'The request body is too large',
    remedy: 'Send less in one request.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The request body must be JSON',
    remedy: 'Send JSON as `Content-Type: application/json`.',
  },
  headers_too_large: {
    status: 431,
    title: 'The request headers are too large',
    remedy: 'Send fewer or shorter headers; too many cookies are the usual cause.',
  },

  throttled: {
    status: 429,
    title: 'Too many requests',
    remedy: 'Wait for the seconds in `Retry-After`; the session lives on.',
  },

  internal_error: {
    status: 500,
    title: 'Something went wrong',
    remedy: 'Report `requestId`; the cause is in the log of the server under it.',
  },

  overloaded: {
    status: 503,
    title: 'The service is busy',
    remedy: 'Wait for the seconds in `Retry-After` and repeat the request; the session lives on.',
  },
  authority_stale: {
    status: 503,
    title: 'Access cannot be decided at the moment',
    remedy: 'Wait for the seconds in `Retry-After` and repeat the request; the session lives on.',
  },
  database_unavailable: {
    status: 503,
    title: 'The service is temporarily unavailable',
    remedy: 'Wait for the seconds in `Retry-After` and repeat the request; the session lives on.',
  },
} as const satisfies Record<string, { status: number; title: string; remedy: string }>;

/** Every code that an answer of Portcullis can carry. @publicApi */
export type AuthErrorCode = keyof typeof ERROR_CODES;
