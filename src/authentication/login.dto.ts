import { IsIn, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';

/** Longer than any address or password that could be accepted: it only bounds the work. */
const MAX_EMAIL = 320;
const MAX_PASSWORD = 4096;

/** Neither may be empty: passport-local would look for an empty one in the query string. */
export class LoginDto {
  /** The address of the account. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_EMAIL)
  email!: string;

  /** The password, exactly as it was chosen: it is neither trimmed nor shortened. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_PASSWORD)
  password!: string;

  /**
   * `cookie` keeps the refresh token from scripts; `session` keeps every token from them, for pages that
   * a server renders; `body` is for clients that are not browsers.
   */
  @IsOptional()
  @IsIn(['cookie', 'body', 'session'])
  transport?: 'cookie' | 'body' | 'session';
}
