import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, IsString, MaxLength } from 'class-validator';
import { IsId, IsStorable, Omittable, OmittableOrNull } from './dto-rules';
import { PageQueryDto } from './page.dto';

const MAX_NAME = 64;
const MAX_DESCRIPTION = 1000;
const MAX_PERMISSION = 200;
const MAX_PERMISSIONS = 1000;
const MAX_PARENTS = 100;

/** Which roles. */
export class ListRolesDto extends PageQueryDto {
  /** A part of the name, in any case. */
  @Omittable()
  @IsString()
  @MaxLength(MAX_NAME)
  readonly q?: string;

  @Omittable()
  @IsIn(['code', 'database'])
  readonly origin?: 'code' | 'database';
}

/** A role to make; in a tenant it belongs to it, otherwise it is for every tenant. */
export class CreateRoleDto {
  /** @example 'invoice-clerk' */
  @IsString()
  @MaxLength(MAX_NAME)
  readonly name!: string;

  /** For people who assign the role. */
  @Omittable()
  @IsStorable()
  @MaxLength(MAX_DESCRIPTION)
  readonly description?: string;

  /** Permissions, `resource:*`, `auth.*` or `*`. */
  @ApiProperty({ type: [String] })
  @IsArray()
  @ArrayMaxSize(MAX_PERMISSIONS)
  @IsString({ each: true })
  @MaxLength(MAX_PERMISSION, { each: true })
  readonly permissions!: readonly string[];

  /** Ids of the roles to inherit. */
  @ApiProperty({ type: [String] })
  @IsArray()
  @ArrayMaxSize(MAX_PARENTS)
  @IsId({ each: true })
  readonly parents!: readonly string[];
}

/** What to change of a role; a list replaces the whole list. */
export class UpdateRoleDto {
  @Omittable()
  @IsString()
  @MaxLength(MAX_NAME)
  readonly name?: string;

  /** Null takes it away. */
  @ApiProperty({ type: String, nullable: true, required: false })
  @OmittableOrNull()
  @IsStorable()
  @MaxLength(MAX_DESCRIPTION)
  readonly description?: string | null;

  @ApiProperty({ type: [String], required: false })
  @Omittable()
  @IsArray()
  @ArrayMaxSize(MAX_PERMISSIONS)
  @IsString({ each: true })
  @MaxLength(MAX_PERMISSION, { each: true })
  readonly permissions?: readonly string[];

  @ApiProperty({ type: [String], required: false })
  @Omittable()
  @IsArray()
  @ArrayMaxSize(MAX_PARENTS)
  @IsId({ each: true })
  readonly parents?: readonly string[];
}

/** A role by its id and name. */
export class RoleLinkAnswer {
  readonly id!: string;
  readonly name!: string;
}

/** A role, with what it grants and inherits. */
export class RoleAnswer {
  readonly id!: string;
  readonly name!: string;
  @ApiProperty({ type: String, nullable: true })
  readonly description!: string | null;
  /** Roles of code are read-only here. */
  readonly origin!: 'code' | 'database';
  /** Null: a role for every tenant. */
  @ApiProperty({ type: String, nullable: true })
  readonly tenantId!: string | null;
  /** As granted: wildcards are not expanded, and inherited permissions not listed. */
  @ApiProperty({ type: [String] })
  readonly permissions!: readonly string[];
  @ApiProperty({ type: [RoleLinkAnswer] })
  readonly parents!: readonly RoleLinkAnswer[];
  readonly createdAt!: Date;
  readonly updatedAt!: Date;
}

/** One page of roles. */
export class RolePageAnswer {
  @ApiProperty({ type: [RoleAnswer] })
  readonly items!: readonly RoleAnswer[];
  /** Pass it as `cursor` for the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: string | null;
}
