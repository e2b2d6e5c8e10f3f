import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { Omittable, OmittableOrNull } from './dto-rules';
import { PageQueryDto } from './page.dto';

const MAX_EMAIL = 320;
const MAX_NAME = 400;

/** Which accounts. */
export class ListUsersDto extends PageQueryDto {
  /** How the e-mail address begins, in whatever spelling. */
  @Omittable()
  @IsString()
  @MaxLength(MAX_EMAIL)
  readonly q?: string;

  @Omittable()
  @IsIn(['active', 'disabled'])
  readonly status?: 'active' | 'disabled';
}

/** An account to make. It has no password: its owner sets one by a link. */
export class CreateUserDto {
  /** @example 'ada@example.org' */
  @IsString()
  @MaxLength(MAX_EMAIL)
  readonly email!: string;

  /** @example 'Ada Lovelace' */
  @Omittable()
  @IsString()
  @MaxLength(MAX_NAME)
  readonly displayName?: string;
}

/** What to change of an account. */
export class UpdateUserDto {
  /** Null takes the name away. */
  @ApiProperty({ type: String, nullable: true, required: false })
  @OmittableOrNull()
  @IsString()
  @MaxLength(MAX_NAME)
  readonly displayName?: string | null;
}

/** An account, as administrators see it. */
export class UserAnswer {
  readonly id!: string;
  readonly email!: string;
  readonly emailVerified!: boolean;
  @ApiProperty({ type: String, nullable: true })
  readonly displayName!: string | null;
  readonly status!: 'active' | 'disabled';
  readonly createdAt!: Date;
}

/** One page of accounts. */
export class UserPageAnswer {
  @ApiProperty({ type: [UserAnswer] })
  readonly items!: readonly UserAnswer[];
  /** Pass it as `cursor` for the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: string | null;
}

/** A live session, as administrators see it. */
export class UserSessionAnswer {
  readonly id!: string;
  /** The tenant that the session is bound to. */
  @ApiProperty({ type: String, nullable: true })
  readonly tenantId!: string | null;
  @ApiProperty({ type: String, nullable: true })
  readonly userAgent!: string | null;
  @ApiProperty({ type: String, nullable: true })
  readonly ip!: string | null;
  readonly transport!: 'cookie' | 'body' | 'session';
  /** How the person proved who they are (RFC 8176). */
  @ApiProperty({ type: [String] })
  readonly amr!: readonly string[];
  readonly createdAt!: Date;
  /** Rounded to five minutes. */
  readonly lastSeenAt!: Date;
  /** When it ends unless it is used again. */
  readonly expiresAt!: Date;
}

/** One page of sessions. */
export class UserSessionPageAnswer {
  @ApiProperty({ type: [UserSessionAnswer] })
  readonly items!: readonly UserSessionAnswer[];
  /** Pass it as `cursor` for the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: string | null;
}
