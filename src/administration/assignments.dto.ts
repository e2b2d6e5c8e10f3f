import { ApiProperty } from '@nestjs/swagger';
import { MaxLength } from 'class-validator';
import { IsId, IsInstant, IsStorable, Omittable } from './dto-rules';
import { PageQueryDto } from './page.dto';

const MAX_REASON = 1000;

/** Which assignments. */
export class ListAssignmentsDto extends PageQueryDto {
  @Omittable()
  @IsId()
  readonly accountId?: string;

  @Omittable()
  @IsId()
  readonly roleId?: string;

  @Omittable()
  @IsId()
  readonly tenantId?: string;
}

/** A role to give. */
export class CreateAssignmentDto {
  @IsId()
  readonly accountId!: string;

  @IsId()
  readonly roleId!: string;

  /** Left out: the tenant of the session, and without one it holds in every tenant. */
  @Omittable()
  @IsId()
  readonly tenantId?: string;

  /** RFC 3339 in UTC. Left out: from the beginning. */
  @Omittable()
  @IsInstant()
  readonly validFrom?: Date;

  /** The first moment at which it no longer holds. Left out: without end. */
  @Omittable()
  @IsInstant()
  readonly validUntil?: Date;

  /** Why; kept with the assignment and in the audit. */
  @Omittable()
  @IsStorable()
  @MaxLength(MAX_REASON)
  readonly reason?: string;
}

/** That an account holds a role. */
export class AssignmentAnswer {
  readonly id!: string;
  readonly accountId!: string;
  readonly roleId!: string;
  /** Name of the role. */
  readonly role!: string;
  /** Null: it holds in every tenant. */
  @ApiProperty({ type: String, nullable: true })
  readonly tenantId!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly validFrom!: Date | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly validUntil!: Date | null;
  @ApiProperty({ type: String, nullable: true })
  readonly reason!: string | null;
  /** The account that gave it; null where it was the system. */
  @ApiProperty({ type: String, nullable: true })
  readonly createdBy!: string | null;
  readonly createdAt!: Date;
}

/** One page of assignments. */
export class AssignmentPageAnswer {
  @ApiProperty({ type: [AssignmentAnswer] })
  readonly items!: readonly AssignmentAnswer[];
  /** Pass it as `cursor` for the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: string | null;
}
