import type { Command } from 'commander';
import { AccountUnlock } from '../authentication/account-unlock.service';
import {
  addAccountOptions,
  checkReference,
  findAccount,
  type AccountReference,
} from './account-reference';
import { withApplication } from './application';
import { print, sourceOf } from './global-options';
import type { Terminal } from './terminal';

/** Lets the owner of a guessed-at account sign in. */
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
    await app.get(AccountUnlock, { strict: false }).unlock(account.id);
    return account;
  });
  print(command, terminal, { text: `unlocked ${email} (${id})`, json: { id, email } });
}
