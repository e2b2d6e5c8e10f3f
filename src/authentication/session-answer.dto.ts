import { ApiProperty } from '@nestjs/swagger';

/** The account, as answers show it. */
export class SessionUserAnswer {
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
  user!: SessionUserAnswer;
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
