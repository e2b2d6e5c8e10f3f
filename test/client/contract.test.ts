import { AuthError, type AnonymousReason, type ServerErrorCode } from '@portcullis/client';
import { ERROR_CODES, type AuthErrorCode } from '../../src/errors/error-codes';

/** Compiles only while both sides know the same codes. */
const BOTH_WAYS = {
  server: (code: ServerErrorCode): AuthErrorCode => code,
  client: (code: AuthErrorCode): ServerErrorCode => code,
};

it('of all codes of the server, with the status that each has, five end a session', () => {
  const ending = Object.entries(ERROR_CODES)
    .filter(([code, { status }]) => new AuthError({ code, status }).endsSession)
    .map(([code]) => code);
  expect(ending).toEqual([
    'unauthenticated',
    'session_expired',
    'session_revoked',
    'refresh_reused',
    'account_disabled',
  ]);
});

it('codes that end a session are reasons that a page may show, and a code that no server has is none', () => {
  const code: ServerErrorCode = 'session_revoked';
  const reason: AnonymousReason = code;
  // @ts-expect-error The table of the server has no such code.
  const unknown: ServerErrorCode = 'session_gone';
  // @ts-expect-error It is refused to whom nobody knows: no reason to tell anybody.
  const silent: AnonymousReason = 'unauthenticated';
  expect(ERROR_CODES).toHaveProperty(BOTH_WAYS.server(BOTH_WAYS.client(reason)));
  expect(ERROR_CODES).not.toHaveProperty(unknown);
  expect(ERROR_CODES).toHaveProperty(silent);
});
