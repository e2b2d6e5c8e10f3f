import { IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';

/** Longer than any address or password that could be accepted: it only bounds the work. */
const MAX_EMAIL = 320;
const MAX_PASSWORD = 4096;

/** The fields of a login form. */
export class FormLoginDto {
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

  /** The page to go to. Anything but a path of this server leads to the home page. */
  @IsOptional()
  @IsString()
  returnTo?: string;
}
