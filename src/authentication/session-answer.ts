import { ApiProperty } from '@nestjs/swagger';
import type { Authority } from '../access/authority';
import type { Session } from '../sessions/session';
import type { IssuedSession } from './issued-session';

/** The account, as answers show it. */
export class UserAnswer {
  id!: string;
  email!: string;
  emailVerified!: boolean;
  @ApiProperty({ type: String, nullable: true })
  displayName!: string | null;
}

/** The session, as answers show it. Times are RFC 3339 in UTC. */
export class SessionStateAnswer {
  id!: string;
  /** Rises with each new refresh token or secret id, so that a client can order what it heard. */
  generation!: number;
  createdAt!: string;
  /** When the session ends unless it is used again. */
  expiresAt!: string;
  /** How the person proved who they are (RFC 8176). */
  @ApiProperty({ type: [String] })
  amr!: readonly string[];
  authTime!: string;
  /** The tenant that the session is bound to. */
  @ApiProperty({ type: String, nullable: true })
  tenantId!: string | null;
}

/** Who is signed in, and what they may do. */
export class CurrentSessionAnswer {
  user!: UserAnswer;
  session!: SessionStateAnswer;
  /** The roles that are active in the session. */
  @ApiProperty({ type: [String] })
  roles!: readonly string[];
  /** The roles that are held, active or not. */
  @ApiProperty({ type: [String] })
  heldRoles!: readonly string[];
  @ApiProperty({ type: [String] })
  permissions!: readonly string[];
  /** Rises with each change of what the account may do. */
  authorityVersion!: number;
}

/** The answer of everything that makes a new credential. With transport `session` it holds no token. */
export class IssuedAnswer extends CurrentSessionAnswer {
  access_token?: string;
  @ApiProperty({ enum: ['Bearer'] })
  token_type?: 'Bearer';
  /** Seconds until the access token expires. */
  expires_in?: number;
  /** After login and refresh, and only with transport `body`. */
  refresh_token?: string;
}

/** One of the caller's sessions. */
export class SessionListAnswer {
  id!: string;
  /** The user agent that signed in. */
  @ApiProperty({ type: String, nullable: true })
  device!: string | null;
  @ApiProperty({ type: String, nullable: true })
  ip!: string | null;
  createdAt!: string;
  /** Rounded to five minutes. */
  lastSeenAt!: string;
  /** Whether it is the session that asks. */
  current!: boolean;
}

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
