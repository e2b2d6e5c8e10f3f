import { Injectable } from '@nestjs/common';
import type { ActedBy } from '../accounts/account';
import { AccountsService } from '../accounts/accounts.service';
import { guessIdentifier } from '../accounts/email-address';
import { AuditService } from '../audit/audit.service';
import type { TenantScope } from '../database/tenant-scope';
import { UnitOfWork } from '../database/unit-of-work';
import { GuessesService } from '../throttling/guesses.service';

/** Reopens what wrong guesses have closed: nothing else does for an owner without a known device. */
@Injectable()
export class AccountUnlock {
  constructor(
    private readonly accounts: AccountsService,
    private readonly guesses: GuessesService,
    private readonly audit: AuditService,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * Forgets the wrong guesses counted for an account, so that its owner may sign in.
   *
   * @throws AuthError `not_found` also for accounts outside the scope
   */
  async unlock(
    accountId: string,
    { actorId, origin }: ActedBy = {},
    scope: TenantScope = {},
  ): Promise<void> {
    const { email } = await this.accounts.get(accountId, scope);
    const { tenantId } = scope;
    await this.unitOfWork.run(async (tx) => {
      await this.guesses.reset(guessIdentifier(email), tx);
      const event = { action: 'authn_login_unlock', outcome: 'success' } as const;
      await this.audit.record({ ...event, actorId, accountId, tenantId, origin }, tx);
    });
  }
}
