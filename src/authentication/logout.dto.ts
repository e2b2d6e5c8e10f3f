import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

export class LogoutDto {
  /** `current` ends this session, `others` every other one, `all` every one. */
  @IsOptional()
  @IsIn(['current', 'others', 'all'])
  scope?: 'current' | 'others' | 'all';

  /** With transport `body` only. */
  @IsOptional()
  @IsString()
  @MaxLength(256)
  refresh_token?: string;
}
