import type { Command } from 'commander';
import { AccountStatusService } from '../authentication/account-status.service';
import { AuthError } from '../errors/auth-error';
import { AccountCreation } from '../registration/account-creation.service';
import { Bootstrap } from '../registration/bootstrap.service';
import {
  addAccountOptions,
  checkReference,
  findAccount,
  type AccountReference,
} from './account-reference';
import { withApplication } from './application';
import { print, sourceOf } from './global-options';
import { addPasswordOptions, readPassword, type PasswordOptions } from './password-input';
import type { Terminal } from './terminal';

interface NewAccountOptions extends PasswordOptions {
  readonly email: string;
  readonly displayName?: string;
  readonly unverified?: boolean;
}

/** Accounts: the first administrator, further ones, and who may sign in. */
export function addAccountCommands(program: Command, terminal: Terminal): void {
  addPasswordOptions(
    program
      .command('create-admin')
      .description('make the first administrator; a database accepts this once')
      .requiredOption('--email <address>', 'e-mail address')
      .option('--display-name <name>', 'name shown to others'),
  ).action((options: NewAccountOptions, command: Command) =>
    createAdministrator(options, command, terminal),
  );

  addPasswordOptions(
    program
      .command('create-account')
      .description('make an account')
      .requiredOption('--email <address>', 'e-mail address')
      .option('--display-name <name>', 'name shown to others')
      .option('--unverified', 'the e-mail address has yet to be verified'),
  ).action((options: NewAccountOptions, command: Command) =>
    createAccount(options, command, terminal),
  );

  addAccountOptions(
    program.command('disable').description('end the sessions of an account and keep it out'),
  ).action((reference: AccountReference, command: Command) =>
    setStatus('disabled', reference, command, terminal),
  );

  addAccountOptions(
    program.command('enable').description('let a disabled account sign in again'),
  ).action((reference: AccountReference, command: Command) =>
    setStatus('enabled', reference, command, terminal),
  );
}

async function createAdministrator(
  options: NewAccountOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const { email, displayName } = options;
  const { password, isGenerated } = await readPassword(options, terminal);
  const { accountId } = await withApplication(sourceOf(command, terminal), async (app) => {
    const bootstrap = app.get(Bootstrap, { strict: false });
    const result = await bootstrap.createFirstAdministrator({ email, password, displayName });
    if (result.created) return result;
    throw new AuthError('conflict', {
      detail: 'The first administrator was made before. Use create-account and assign.',
    });
  });
  printNewAccount({
    command,
    terminal,
    what: 'administrator',
    email,
    id: accountId,
    password,
    isGenerated,
  });
}

async function createAccount(
  options: NewAccountOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const { email, displayName } = options;
  const emailVerified = options.unverified !== true;
  const { password, isGenerated } = await readPassword(options, terminal);
  const { id } = await withApplication(sourceOf(command, terminal), (app) =>
    app
      .get(AccountCreation, { strict: false })
      .create({ email, password, displayName, emailVerified }),
  );
  printNewAccount({ command, terminal, what: 'account', email, id, password, isGenerated });
}

interface NewAccount {
  readonly command: Command;
  readonly terminal: Terminal;
  readonly what: string;
  readonly email: string;
  readonly id?: string;
  readonly password: string;
  readonly isGenerated: boolean;
}

function printNewAccount(made: NewAccount): void {
  const { command, terminal, what, email, id, password, isGenerated } = made;
  print(command, terminal, {
    text: [
      `made ${what} ${email} (${id})`,
      ...(isGenerated ? [`password, shown this once: ${password}`] : []),
    ].join('\n'),
    json: { id, email, ...(isGenerated ? { password } : {}) },
  });
}

async function setStatus(
  status: 'disabled' | 'enabled',
  reference: AccountReference,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  checkReference(reference);
  const { id, email } = await withApplication(sourceOf(command, terminal), async (app) => {
    const account = await findAccount(app, reference);
    const statuses = app.get(AccountStatusService, { strict: false });
    await (status === 'enabled' ? statuses.enable(account.id) : statuses.disable(account.id));
    return account;
  });
  print(command, terminal, { text: `${status} ${email} (${id})`, json: { id, email, status } });
}
