import { Injectable } from '@nestjs/common';
import { AssignmentsService } from '../access/assignments.service';
import { AuditService } from '../audit/audit.service';
import { newId } from '../database/identifiers';
import { UnitOfWork } from '../database/unit-of-work';
import { AccountCreation, type AccountRequest } from './account-creation.service';
import { BootstrapRepository } from './bootstrap.repository';

/** What {@link Bootstrap.createFirstAdministrator} did. */
export type BootstrapOutcome =
  | { readonly created: true; readonly accountId: string }
  | {
      readonly created: false;
      /** The account made then; it may be gone since. */
      readonly accountId: string;
    };

/** The reserved role that grants `auth.*`. */
const ADMINISTRATOR = 'administrator';

/**
 * Makes the account that a new installation begins with.
 *
 * @publicApi
 */
@Injectable()
export class Bootstrap {
  constructor(
    private readonly creation: AccountCreation,
    private readonly assignments: AssignmentsService,
    private readonly audit: AuditService,
    private readonly bootstrap: BootstrapRepository,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * Makes the first administrator, once in the life of the database: not again after the account was
   * removed, and only once however many instances start together (control LG-11).
   *
   * @returns `created: false` when it was done before; nothing is checked or changed then
   * @throws AuthError `validation_failed`, `password_policy`, `overloaded`, or `conflict` when the
   *   address belongs to an account
   */
  async createFirstAdministrator(
    request: Omit<AccountRequest, 'emailVerified'>,
  ): Promise<BootstrapOutcome> {
    const before = await this.bootstrap.madeBefore();
    if (before !== undefined) return { created: false, accountId: before };
    const account = await this.creation.prepare({ ...request, emailVerified: true });
    const accountId = newId();
    const isFirst = await this.unitOfWork.run(async (tx) => {
      // Claimed before anything else, so that those who lose wait here and find it done.
      if (!(await this.bootstrap.claim(accountId, tx))) return false;
      await this.creation.store({ ...account, id: accountId }, tx);
      const reason = 'first administrator';
      await this.assignments.assign({ accountId, role: ADMINISTRATOR, reason }, tx);
      await this.audit.record(
        { action: 'sys_bootstrap_completed', outcome: 'success', accountId },
        tx,
      );
      return true;
    });
    if (isFirst) return { created: true, accountId };
    return { created: false, accountId: (await this.bootstrap.madeBefore()) ?? accountId };
  }
}
