import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import type { AuditAction } from '../audit/audit-actions';
import { IsId, IsInstant, IsStorable, Omittable } from './dto-rules';
import { PageQueryDto } from './page.dto';

const MAX_TARGET = 300;
const MAX_ACTION = 100;

/** Which events; every filter narrows. */
export class ListAuditDto extends PageQueryDto {
  /** The account that acted. */
  @Omittable()
  @IsId()
  readonly actor?: string;

  /** The account that it happened to. */
  @Omittable()
  @IsId()
  readonly account?: string;

  /** What else was acted on, in full. @example 'role:approver' */
  @Omittable()
  @IsStorable()
  @MaxLength(MAX_TARGET)
  readonly target?: string;

  /** One that is unknown matches nothing. @example 'user_disabled' */
  @ApiProperty({ type: String, required: false })
  @Omittable()
  @IsString()
  @MaxLength(MAX_ACTION)
  readonly action?: AuditAction;

  /** The first moment, RFC 3339 in UTC. */
  @Omittable()
  @IsInstant()
  readonly from?: Date;

  /** The first moment no longer meant. */
  @Omittable()
  @IsInstant()
  readonly to?: Date;
}

/** One thing that happened. */
export class AuditEventAnswer {
  readonly id!: string;
  readonly occurredAt!: Date;
  readonly action!: string;
  readonly outcome!: 'success' | 'failure';
  @ApiProperty({ type: String, nullable: true })
  readonly actorId!: string | null;
  @ApiProperty({ type: String, nullable: true })
  readonly accountId!: string | null;
  @ApiProperty({ type: String, nullable: true })
  readonly sessionId!: string | null;
  @ApiProperty({ type: String, nullable: true })
  readonly tenantId!: string | null;
  @ApiProperty({ type: String, nullable: true })
  readonly target!: string | null;
  @ApiProperty({ type: String, nullable: true })
  readonly ip!: string | null;
  @ApiProperty({ type: String, nullable: true })
  readonly userAgent!: string | null;
  @ApiProperty({ type: String, nullable: true })
  readonly requestId!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true })
  readonly details!: Readonly<Record<string, unknown>>;
}

/** One page of events. */
export class AuditPageAnswer {
  @ApiProperty({ type: [AuditEventAnswer] })
  readonly items!: readonly AuditEventAnswer[];
  /** Pass it as `cursor` for the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: string | null;
}
