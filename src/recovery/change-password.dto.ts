import { IsString, MaxLength } from 'class-validator';

/** Only bounds the work of a request; the policy for passwords is stricter. */
const MAX_PASSWORD = 4096;

export class ChangePasswordDto {
  /** The password that is in use. */
  @IsString()
  @MaxLength(MAX_PASSWORD)
  currentPassword!: string;

  /** The password that takes its place. */
  @IsString()
  @MaxLength(MAX_PASSWORD)
  newPassword!: string;
}
