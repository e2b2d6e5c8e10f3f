import { newId } from '../../src/database/identifiers';
import { ConfigurationError } from '../../src/errors/configuration-error';
import type { PasswordPepper } from '../../src/options/secret-options';
import { PepperCheck } from '../../src/passwords/pepper-check';
import { Peppers } from '../../src/passwords/peppers';
import { openAccounts, type AccountsDatabase } from '../accounts/accounts-database';
import { testOptions } from '../support/auth-options';
import { PEPPERS } from './password-services';

let auth: AccountsDatabase;

beforeAll(async () => {
  auth = await openAccounts();
});

afterAll(() => auth.close());

function boot(...passwordPeppers: PasswordPepper[]): Promise<void> {
  const peppers = new Peppers(testOptions({ passwordPeppers }));
  return new PepperCheck(auth.accounts, peppers).onApplicationBootstrap();
}

async function store(name: string, passwordHash?: string): Promise<void> {
  await auth.accounts.create({
    id: newId(),
    email: { address: `${name}@x.test`, key: `${name}@x.test` },
    passwordHash,
    emailVerified: true,
  });
}

it('boots on an empty database, and with every pepper that stored hashes need', async () => {
  await boot(PEPPERS.one);
  await store('none');
  await store('foreign', '{bcrypt}$2b$12$x');
  await store('current', '{bcrypt-hmac-sha256;pepper=2}$2b$12$x');
  await store('old', '{bcrypt-hmac-sha256;pepper=1}$2b$12$x');
  await store('older', '{bcrypt-hmac-sha256;pepper=1}$2b$12$y');
  await boot(PEPPERS.two, PEPPERS.one);
  await boot(PEPPERS.one, PEPPERS.two);
});

it('refuses to boot without a pepper that stored hashes need, and names it', async () => {
  const refused = boot(PEPPERS.two);
  await expect(refused).rejects.toBeInstanceOf(ConfigurationError);
  await expect(refused).rejects.toMatchObject({
    problems: [{ option: 'passwordPeppers', bound: 'a list that also holds version 1' }],
  });
  await expect(refused).rejects.not.toThrow(PEPPERS.one.secret);
});
