import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { IsId, Omittable } from './dto-rules';
import { PageQueryDto } from './page.dto';

const MAX_PERMISSION = 200;

/** Whether, and why, an account may do something. */
export class ExplainAccessDto {
  @IsId()
  readonly accountId!: string;

  /** @example 'invoices:approve' */
  @IsString()
  @MaxLength(MAX_PERMISSION)
  readonly permission!: string;

  /** Left out: the tenant of the session, and without one only what is assigned everywhere counts. */
  @Omittable()
  @IsId()
  readonly tenantId?: string;
}

/** Who may do something. */
export class WhoCanDto extends PageQueryDto {
  /** @example 'invoices:approve' */
  @IsString()
  @MaxLength(MAX_PERMISSION)
  readonly permission!: string;

  /** Left out: the tenant of the session, and without one who may it everywhere. */
  @Omittable()
  @IsId()
  readonly tenantId?: string;
}

/** The assignment that a path begins with. */
export class GrantingAssignmentAnswer {
  readonly id!: string;
  @ApiProperty({ type: String, nullable: true })
  readonly tenantId!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly validFrom!: Date | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly validUntil!: Date | null;
}

/** How one assignment leads to the permission. */
export class GrantPathAnswer {
  readonly assignment!: GrantingAssignmentAnswer;
  /** Names from the assigned role to the one that grants. */
  @ApiProperty({ type: [String] })
  readonly roles!: readonly string[];
  /** What that one grants, as it was declared. */
  readonly grant!: string;
  readonly effective!: boolean;
  /** Set where it is not effective. */
  readonly why?: string;
}

/** Changes that together turn a denial into a permission. */
export class WouldAllowAnswer {
  /** Each with `change`, for example `assign_role`, and what it is about. */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  readonly changes!: readonly object[];
  /** How many permissions the account would have there that it has not now. */
  readonly addedPermissions!: number;
}

/** A decision and everything that was considered for it. */
export class ExplanationAnswer {
  readonly allowed!: boolean;
  readonly code!: string;
  /** Names this one decision; a denial is logged with it. */
  readonly decisionId!: string;
  readonly version!: number;
  @ApiProperty({ type: [GrantPathAnswer] })
  readonly paths!: readonly GrantPathAnswer[];
  /** The smallest first. */
  @ApiProperty({ type: [WouldAllowAnswer] })
  readonly wouldAllow!: readonly WouldAllowAnswer[];
}

/** An account that may do something. */
export class PermittedAccountAnswer {
  /** The account. */
  readonly id!: string;
  readonly email!: string;
  @ApiProperty({ type: String, nullable: true })
  readonly displayName!: string | null;
  /** Names of the assigned roles by which it may. */
  @ApiProperty({ type: [String] })
  readonly roles!: readonly string[];
}

/** One page of them. */
export class PermittedAccountPageAnswer {
  @ApiProperty({ type: [PermittedAccountAnswer] })
  readonly items!: readonly PermittedAccountAnswer[];
  /** Pass it as `cursor` for the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: string | null;
}

/** One way into the application, and what it takes. */
export class RouteAnswer {
  readonly transport!: 'http' | 'graphql' | 'ws' | 'rpc';
  readonly operation!: string;
  readonly name!: string;
  readonly module!: string;
  readonly controller!: string;
  readonly handler!: string;
  readonly access!: 'public' | 'authenticated';
  /** Why it is public, looser than its class, or declared by the options. */
  readonly reason?: string;
  /** Roles, permissions, step-up, policies: all of them. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  readonly needs!: object;
  /** The roles of code that reach it by themselves. */
  @ApiProperty({ type: [String], required: false })
  readonly roles?: readonly string[];
}

/** All of them at once. */
export class RouteListAnswer {
  @ApiProperty({ type: [RouteAnswer] })
  readonly items!: readonly RouteAnswer[];
  /** Always null. */
  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: null;
}

/** A permission that a role can grant. */
export class PermissionAnswer {
  /** @example 'invoices:approve' */
  readonly name!: string;
  /** @example 'invoices' */
  readonly resource!: string;
  /** @example 'approve' */
  readonly action!: string;
}

/** All of them at once, in the order of their declaration. */
export class PermissionListAnswer {
  @ApiProperty({ type: [PermissionAnswer] })
  readonly items!: readonly PermissionAnswer[];
  /** Always null. */
  @ApiProperty({ type: String, nullable: true })
  readonly nextCursor!: null;
}
