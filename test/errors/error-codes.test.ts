import { AuthError, isAuthError } from '../../src/errors/auth-error';
import { ERROR_CODES } from '../../src/errors/error-codes';

/** Codes are API. A change here breaks clients: add codes, never change one. */
const PINNED = {
  validation_failed: 400,
  password_policy: 400,
  link_invalid: 400,
  ambiguous_credentials: 400,
  unauthenticated: 401,
  invalid_credentials: 401,
  invalid_token: 401,
  invalid_client: 401,
  session_expired: 401,
  session_revoked: 401,
  refresh_reused: 401,
  account_disabled: 401,
  mfa_required: 401,
  step_up_required: 401,
  forbidden: 403,
  csrf_failed: 403,
  origin_refused: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  tenant_required: 409,
  session_limit: 409,
  role_cycle: 409,
  separation_of_duty: 409,
  last_administrator: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  headers_too_large: 431,
  throttled: 429,
  internal_error: 500,
  overloaded: 503,
  authority_stale: 503,
  database_unavailable: 503,
};

it('every code keeps its status', () => {
  const statuses = Object.entries(ERROR_CODES).map(([code, { status }]) => [code, status]);
  expect(Object.fromEntries(statuses)).toEqual(PINNED);
});

it('every code has a title of its own kind and says what a client should do', () => {
  for (const { title, remedy } of Object.values(ERROR_CODES)) {
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(remedy).toMatch(/^[A-Z].*\.$/);
  }
});

it('an error carries its code, its status and its details, and its cause only as a cause', () => {
  const cause = new Error('connection refused');
  const error = new AuthError('throttled', { detail: 'later', retryAfterSeconds: 3, cause });
  expect(error).toMatchObject({ code: 'throttled', status: 429, detail: 'later', cause });
  expect(error.message).toBe('Too many requests');
  expect(isAuthError(error)).toBe(true);
});

it('nothing else is taken for one of our errors', () => {
  for (const other of [new Error('throttled'), { code: 'throttled' }, null, undefined, 'x', 5]) {
    expect(isAuthError(other)).toBe(false);
  }
});
