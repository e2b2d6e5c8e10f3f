import type { SessionCookies } from '../sessions/session-cookies';
import type { IssuedSession } from './issued-session';

/** `Set-Cookie` values of what a flow made; none where its session lives without cookies. */
export function issuedCookies(cookies: SessionCookies, issued: IssuedSession): string[] {
  const { session, authority, tokens, secretId, knownDevice } = issued;
  const secret = session.transport === 'cookie' ? tokens?.refreshToken : secretId;
  if (secret === undefined) return [];
  const held = { session, authorityVersion: authority.version, secret };
  return knownDevice === undefined ? cookies.issue(held) : cookies.begin(held, knownDevice);
}
