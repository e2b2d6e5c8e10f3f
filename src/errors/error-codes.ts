/**
 * What each stable error code means on the wire: HTTP status and public title.
 *
 * Codes are API: they never change their meaning, and a test pins them. `docs/errors.md` is
 * generated from this table.
 *
 * @publicApi
 */
export const ERROR_CODES = {
  validation_failed: { status: 400, title: 'The request is not valid' },
  password_policy: { status: 400, title: 'The password does not meet the policy' },
  link_invalid: { status: 400, title: 'The link is not valid' },
  ambiguous_credentials: { status: 400, title: 'The request carries more than one credential' },

  unauthenticated: { status: 401, title: 'Authentication is required' },
  invalid_credentials: { status: 401, title: 'The credentials are not valid' },
  invalid_token: { status: 401, title: 'The access token is not valid' },
  session_expired: { status: 401, title: 'The session has expired' },
  session_revoked: { status: 401, title: 'The session was ended' },
  refresh_reused: { status: 401, title: 'The session was ended because its token was used twice' },
  account_disabled: { status: 401, title: 'The account is disabled' },
  mfa_required: { status: 401, title: 'A second factor is required' },
  step_up_required: { status: 401, title: 'A fresh authentication is required' },

  forbidden: { status: 403, title: 'Access is denied' },
  csrf_failed: { status: 403, title: 'The request lacks the header that proves its origin' },
  origin_refused: { status: 403, title: 'The origin of the request is not allowed' },

  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },

  conflict: { status: 409, title: 'The request conflicts with the current state' },
  tenant_required: { status: 409, title: 'A tenant must be selected' },
  role_cycle: { status: 409, title: 'The roles would inherit from each other' },
  separation_of_duty: { status: 409, title: 'The roles may not be held together' },
  last_administrator: { status: 409, title: 'The last administrator cannot be removed' },

  payload_too_large: { status: 413, title: 'The request body is too large' },
  unsupported_media_type: { status: 415, title: 'The request body must be JSON' },
  headers_too_large: { status: 431, title: 'The request headers are too large' },

  throttled: { status: 429, title: 'Too many requests' },

  internal_error: { status: 500, title: 'Something went wrong' },

  overloaded: { status: 503, title: 'The service is busy' },
  authority_stale: { status: 503, title: 'Access cannot be decided at the moment' },
  database_unavailable: { status: 503, title: 'The service is temporarily unavailable' },
} as const satisfies Record<string, { status: number; title: string }>;

/** Every code that an answer of Portcullis can carry. @publicApi */
export type AuthErrorCode = keyof typeof ERROR_CODES;
