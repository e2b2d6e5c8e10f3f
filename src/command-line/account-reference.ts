import type { INestApplicationContext } from '@nestjs/common';
import type { Command } from 'commander';
import { AccountsService } from '../accounts/accounts.service';
import { parseEmailAddress } from '../accounts/email-address';
import { isId } from '../database/identifiers';
import { AuthError } from '../errors/auth-error';
import { UsageError } from './usage-error';

/** How a command names the account it acts on. */
export interface AccountReference {
  readonly account?: string;
  readonly email?: string;
}

/** Adds the options that {@link findAccount} looks at. */
export function addAccountOptions(command: Command): Command {
  return command
    .option('--email <address>', 'the account with this e-mail address')
    .option('--account <id>', 'the account with this id');
}

/** Exactly one of the two names the account. */
export function checkReference({ account, email }: AccountReference): void {
  if ((account === undefined) === (email === undefined)) {
    throw new UsageError('Name the account by either --email or --account.');
  }
  if (account !== undefined && !isId(account)) {
    throw new UsageError(`"${account}" is not the id of an account.`);
  }
}

/** @throws AuthError `not_found`, and `validation_failed` for what is not an e-mail address */
export async function findAccount(
  app: INestApplicationContext,
  reference: AccountReference,
): Promise<{ readonly id: string; readonly email: string }> {
  const accounts = app.get(AccountsService, { strict: false });
  const found =
    reference.account === undefined
      ? await accounts.findByEmailKey(parseEmailAddress(reference.email ?? '').key)
      : await accounts.findById(reference.account);
  if (found !== undefined) return found;
  throw new AuthError('not_found', { detail: 'There is no such account.' });
}
