import { AccountsService } from '../../src/accounts/accounts.service';
import { PasswordsService } from '../../src/passwords/passwords.service';
import { AccountCreation } from '../../src/registration/account-creation.service';
import { Bootstrap } from '../../src/registration/bootstrap.service';
import { PASSWORD, startAuthApp, type AuthApp } from '../support/auth-app';

let app: AuthApp;

beforeAll(async () => {
  app = await startAuthApp();
});

afterAll(() => app.close());

function creation(): AccountCreation {
  return app.nest.get(AccountCreation, { strict: false });
}

function request(email: string) {
  return { email, password: PASSWORD, emailVerified: true };
}

async function storedPasswordOf(email: string): Promise<string | null> {
  const [row] = await app.sql<{ password_hash: string }>(
    'SELECT password_hash FROM auth.accounts WHERE email_key = $1',
    [email],
  );
  return row?.password_hash ?? null;
}

describe('AccountCreation', () => {
  it('makes an account whose password verifies, and which can sign in', async () => {
    const { id } = await creation().create({ ...request('Alice@x.test'), displayName: ' Alice ' });
    const account = await app.nest.get(AccountsService, { strict: false }).findById(id);
    expect(account).toMatchObject({
      email: 'Alice@x.test',
      displayName: 'Alice',
      status: 'active',
    });
    const verification = await app.nest.get(PasswordsService, { strict: false }).verify({
      password: PASSWORD,
      stored: await storedPasswordOf('alice@x.test'),
      source: 'test',
      priority: 'known',
    });
    expect(verification).toBe('ok');
  });

  it('records who asked, and nothing secret', async () => {
    const { id } = await creation().create(request('audited@x.test'), {
      origin: { ip: '192.0.2.1', requestId: 'r-1' },
    });
    const events = await app.sql('SELECT * FROM auth.audit_events WHERE account_id = $1', [id]);
    expect(events).toEqual([
      expect.objectContaining({ action: 'user_created', ip: '192.0.2.1', request_id: 'r-1' }),
    ]);
    expect(JSON.stringify(events)).not.toMatch(/pass phrase|\$2b\$/);
  });

  it.each([
    ['RC-13: two recipients', { email: 'a@evil.test,victim@x.test' }, 'validation_failed', 'email'],
    ['a name with a line break', { displayName: 'a\nb' }, 'validation_failed', 'displayName'],
    ['PW-1: a short password', { password: 'short' }, 'password_policy', 'password'],
    ['PW-5: a common password', { password: 'passwordpassword' }, 'password_policy', 'password'],
    [
      'PW-7: the address as password',
      { password: 'refused.person@x.test' },
      'password_policy',
      'password',
    ],
    ['PW-13: half a character', { password: `${PASSWORD}\ud800` }, 'validation_failed', 'password'],
  ])('refuses %s and stores nothing', async (_, wrong, code, field) => {
    await expect(
      creation().create({ ...request('refused.person@x.test'), ...wrong }),
    ).rejects.toMatchObject({ code, errors: [{ field }] });
    expect(await storedPasswordOf('refused.person@x.test')).toBeNull();
  });

  it('RC-14: of parallel registrations of one address in different spellings, one wins', async () => {
    const spellings = ['race@x.test', 'RACE@x.test', ' race@X.test', 'race@x.test.'];
    const outcomes = await Promise.allSettled(
      spellings.map((source) => creation().create(request(source), { source })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
    }
  });
});

describe('Bootstrap', () => {
  const first = { email: 'first@x.test', password: PASSWORD };

  async function administrators(): Promise<string[]> {
    const rows = await app.sql<{ email_key: string }>(
      `SELECT a.email_key FROM auth.accounts a JOIN auth.assignments s ON s.account_id = a.id
        JOIN auth.roles r ON r.id = s.role_id WHERE r.name = 'administrator'`,
    );
    return rows.map(({ email_key }) => email_key);
  }

  const bootstrap = () => app.nest.get(Bootstrap, { strict: false });

  it('LG-11: an attempt that failed leaves nothing, and may be made again', async () => {
    await creation().create(request('taken@x.test'));
    await expect(
      bootstrap().createFirstAdministrator({ ...first, email: 'taken@x.test' }),
    ).rejects.toMatchObject({ code: 'conflict' });
    await expect(
      bootstrap().createFirstAdministrator({ ...first, password: 'admin' }),
    ).rejects.toMatchObject({ code: 'password_policy' });
    expect(await app.sql('SELECT * FROM auth.bootstrap')).toEqual([]);
    expect(await administrators()).toEqual([]);
  });

  it('LG-11: of parallel attempts, over several instances, exactly one makes an administrator', async () => {
    const other = await startAuthApp({ database: app.database });
    try {
      const instances = [bootstrap(), other.nest.get(Bootstrap, { strict: false })];
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          instances[index % 2]!.createFirstAdministrator({
            ...first,
            email: `first${index}@x.test`,
          }),
        ),
      );
      const made = outcomes.filter(({ created }) => created);
      expect(made).toEqual([{ created: true, accountId: expect.any(String) }]);
      expect(await administrators()).toHaveLength(1);
      const actions = await app.sql<{ action: string }>(
        'SELECT action FROM auth.audit_events WHERE account_id = $1 ORDER BY id',
        [made[0]!.accountId],
      );
      expect(actions.map(({ action }) => action)).toEqual([
        'user_created',
        'privilege_permissions_changed',
        'sys_bootstrap_completed',
      ]);
    } finally {
      await other.close();
    }
  });

  it('LG-11: it never happens again, not even after the administrator is gone', async () => {
    const [done] = await app.sql<{ accountId: string }>(
      'SELECT account_id AS "accountId" FROM auth.bootstrap',
    );
    const before = { created: false, accountId: done!.accountId };
    expect(await bootstrap().createFirstAdministrator(first)).toEqual(before);
    await app.sql('DELETE FROM auth.accounts');
    expect(await bootstrap().createFirstAdministrator(first)).toEqual(before);
    expect(await app.sql('SELECT 1 FROM auth.accounts')).toEqual([]);
  });
});
