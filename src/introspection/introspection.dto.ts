import { ApiProperty } from '@nestjs/swagger';

/** The form that both token endpoints take; other parameters are ignored (RFC 6749 §3.2). */
export class TokenForm {
  @ApiProperty()
  token!: string;
  /** Ignored: a token shows what it is (RFC 7009 §2.1). */
  @ApiProperty({ required: false })
  token_type_hint?: string;
  /** For clients that send no `Authorization` (RFC 6749 §2.3.1). */
  @ApiProperty({ required: false })
  client_id?: string;
  @ApiProperty({ required: false })
  client_secret?: string;
}

/** RFC 7662 §2.2. Everything but `active` is left out of an answer about a token that does not count. */
export class IntrospectionAnswer {
  readonly active!: boolean;
  readonly iss?: string;
  readonly aud?: string;
  /** The account. */
  readonly sub?: string;
  readonly client_id?: string;
  readonly token_type?: string;
  /** Seconds since the epoch, as `iat` and `auth_time`. */
  readonly exp?: number;
  readonly iat?: number;
  readonly jti?: string;
  /** The session. */
  readonly sid?: string;
  /** The tenant that the session is bound to. */
  readonly tid?: string;
  readonly auth_time?: number;
  @ApiProperty({ type: [String], required: false })
  readonly amr?: readonly string[];
  /** For resource servers that may see it: what the account may do at this moment. */
  @ApiProperty({ type: [String], required: false })
  readonly permissions?: readonly string[];
}
