import { Injectable } from '@nestjs/common';
import { AssignmentsService } from '../access/assignments.service';
import { AccountsService } from '../accounts/accounts.service';
import type { TenantScope } from '../database/tenant-scope';
import { AuthError } from '../errors/auth-error';
import type { AssignmentAnswer, CreateAssignmentDto } from './assignments.dto';
import type { Caller } from './caller';

/** Gives and takes roles, within the tenant of the caller. */
@Injectable()
export class AssignmentAdministration {
  constructor(
    private readonly assignments: AssignmentsService,
    private readonly accounts: AccountsService,
  ) {}

  /**
   * Gives a role. In a tenant only to accounts that have a part in it: otherwise whoever knows an id
   * would learn the address behind it (AD-1).
   *
   * @throws AuthError `not_found` (account, role or tenant), `conflict`, `forbidden`,
   * `separation_of_duty`, `validation_failed`
   */
  async create(given: CreateAssignmentDto, { by, scope }: Caller): Promise<AssignmentAnswer> {
    const tenantId = tenantOf(given, scope);
    const { accountId, roleId, validFrom, validUntil, reason } = given;
    if (scope.tenantId !== undefined) await this.accounts.get(accountId, scope);
    return this.assignments.assign({
      accountId,
      roleId,
      tenantId,
      validFrom,
      validUntil,
      reason,
      ...by,
    });
  }

  /** @throws AuthError `not_found`, `forbidden`, `last_administrator` */
  async remove(assignmentId: string, { by, scope }: Caller): Promise<void> {
    await this.assignments.unassign({ assignmentId, within: scope, ...by });
  }
}

/** Where the role shall hold. Whoever acts in a tenant never names another, nor all of them. */
function tenantOf(
  { tenantId }: CreateAssignmentDto,
  { tenantId: within }: TenantScope,
): string | undefined {
  if (within === undefined) return tenantId;
  if (tenantId !== undefined && tenantId !== within) throw new AuthError('not_found');
  return within;
}
