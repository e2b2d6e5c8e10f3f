import type { Command } from 'commander';
import { guessIdentifier } from '../accounts/email-address';
import { AuditService } from '../audit/audit.service';
import { UnitOfWork } from '../database/unit-of-work';
import { GuessesService } from '../throttling/guesses.service';
import {
  addAccountOptions,
  checkReference,
  findAccount,
  type AccountReference,
} from './account-reference';
import { withApplication } from './application';
import { print, sourceOf } from './global-options';
import type { Terminal } from './terminal';

/** Reopens what wrong guesses have closed: nothing else does for an owner without a known device. */
export function addUnlockCommand(program: Command, terminal: Terminal): void {
  addAccountOptions(
    program
      .command('unlock')
      .description(
        'forget the wrong passwords counted for an account, so that its owner may sign in',
      ),
  ).action((reference: AccountReference, command: Command) => unlock(reference, command, terminal));
}

async function unlock(
  reference: AccountReference,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  checkReference(reference);
  const { id, email } = await withApplication(sourceOf(command, terminal), async (app) => {
    const account = await findAccount(app, reference);
    const [guesses, audit] = [
      app.get(GuessesService, { strict: false }),
      app.get(AuditService, { strict: false }),
    ];
    await app.get(UnitOfWork, { strict: false }).run(async (tx) => {
      await guesses.reset(guessIdentifier(account.email), tx);
      const event = { action: 'authn_login_unlock', outcome: 'success' } as const;
      await audit.record({ ...event, accountId: account.id }, tx);
    });
    return account;
  });
  print(command, terminal, { text: `unlocked ${email} (${id})`, json: { id, email } });
}
