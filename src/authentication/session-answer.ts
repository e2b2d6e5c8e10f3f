import type { Authority } from '../access/authority';
import type { Session } from '../sessions/session';
import type { IssuedSession } from './issued-session';
import type { CurrentSessionAnswer, IssuedAnswer } from './session-answer.dto';

type ShownAuthority = Pick<Authority, 'roles' | 'heldRoles' | 'permissions' | 'version'>;

/** What is said of a session wherever it is said. */
export function currentSessionAnswer(
  session: Session,
  authority: ShownAuthority,
): CurrentSessionAnswer {
  return {
    user: session.account,
    session: {
      id: session.id,
      generation: session.counter,
      createdAt: session.createdAt.toISOString(),
      expiresAt: session.expiresAt.toISOString(),
      amr: session.amr,
      authTime: session.authTime.toISOString(),
      tenantId: session.tenantId ?? null,
    },
    roles: authority.roles,
    heldRoles: authority.heldRoles.map(({ name }) => name),
    permissions: authority.permissions,
    authorityVersion: authority.version,
  };
}

/** The same with the tokens that belong in a body. A cookie family never gets its refresh token there. */
export function issuedAnswer({ session, tokens, authority }: IssuedSession): IssuedAnswer {
  const answer = currentSessionAnswer(session, authority);
  if (tokens === undefined) return answer;
  const { accessToken, expiresInSeconds, refreshToken } = tokens;
  const shown = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
  } as const;
  return Object.assign(
    shown,
    answer,
    session.transport === 'body' && refreshToken !== undefined
      ? { refresh_token: refreshToken }
      : {},
  );
}
