import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, MaxLength, ValidateIf } from 'class-validator';

/** Which of the roles that the account holds shall be active in this session. */
export class ActivateRolesDto {
  /** Names of roles; none of them: the session may do nothing. Null: every role that is held. */
  @ApiProperty({ type: [String], nullable: true })
  @ValidateIf(({ active }: ActivateRolesDto) => active !== null)
  @IsArray()
  @ArrayMaxSize(200)
  @IsString({ each: true })
  @MaxLength(64, { each: true })
  readonly active!: string[] | null;
}

/** In which tenant this session shall act. */
export class SelectTenantDto {
  /** Its id or key. Null: in none. */
  @ApiProperty({ type: String, nullable: true })
  @ValidateIf(({ tenantId }: SelectTenantDto) => tenantId !== null)
  @IsString()
  @MaxLength(64)
  readonly tenantId!: string | null;
}
