import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { IsId, Omittable } from './dto-rules';

const MAX_KEY = 63;
const MAX_NAME = 200;

/** A tenant to register. */
export class CreateTenantDto {
  /** Left out: a new one; give the id that your own tables use, so that the two agree. */
  @Omittable()
  @IsId()
  readonly id?: string;

  /** Names it in URLs and headers: a DNS label. @example 'acme' */
  @IsString()
  @MaxLength(MAX_KEY)
  readonly key!: string;

  /** For people. @example 'Acme Ltd.' */
  @IsString()
  @MaxLength(MAX_NAME)
  readonly name!: string;
}

/** What to change of a tenant. The key stays. */
export class UpdateTenantDto {
  @Omittable()
  @IsString()
  @MaxLength(MAX_NAME)
  readonly name?: string;

  /** In a disabled tenant nobody may do anything. */
  @Omittable()
  @IsIn(['active', 'disabled'])
  readonly status?: 'active' | 'disabled';
}

/** An isolation boundary. */
export class TenantAnswer {
  readonly id!: string;
  readonly key!: string;
  readonly name!: string;
  readonly status!: 'active' | 'disabled';
  readonly createdAt!: Date;
}

/** One page of tenants. */
export class TenantPageAnswer {
  @ApiProperty({ type: [TenantAnswer] })
  readonly items!: readonly TenantAnswer[];
  /** Pass it as `cursor` for the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: string | null;
}
