import { IsOptional, IsString, MaxLength } from 'class-validator';

export class RefreshDto {
  /** With transport `body` only. */
  @IsOptional()
  @IsString()
  @MaxLength(256)
  refresh_token?: string;
}
