import { cloneDatabase, type TestDatabase } from '../support/database';
import { openAccess, type AccessStore } from './access-store';

let database: TestDatabase;
let store: AccessStore;

beforeAll(async () => {
  database = await cloneDatabase();
  store = await openAccess(database.url);
  await store.catalogue.onModuleInit();
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

describe('the last administrator', () => {
  const role = 'administrator';

  async function twoAdministrators(): Promise<readonly [string, string]> {
    await store.sql(`DELETE FROM auth.assignments`);
    const accounts = [await store.createAccount(), await store.createAccount()] as const;
    for (const accountId of accounts) await store.assignments.assign({ accountId, role });
    return accounts;
  }

  it('stays when two administrators lose the role at once', async () => {
    const accounts = await twoAdministrators();

    const results = await Promise.allSettled(
      accounts.map((accountId) => store.assignments.unassign({ accountId, role })),
    );

    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject([{ reason: { code: 'last_administrator' } }]);
    expect(await store.sql(`SELECT account_id FROM auth.assignments`)).toHaveLength(1);
  });

  it('stays when two administrators are disabled at once', async () => {
    const accounts = await twoAdministrators();

    const results = await Promise.allSettled(
      accounts.map((id) =>
        store.assignments.sparingLastAdministrator(id, async () => {
          await store.sql(`UPDATE auth.accounts SET status = 'disabled' WHERE id = $1`, [id]);
        }),
      ),
    );

    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject([{ reason: { code: 'last_administrator' } }]);
  });

  it('is not one whose role holds in one tenant only, or has run out', async () => {
    const [accountId, other] = await twoAdministrators();
    await store.sql(`DELETE FROM auth.assignments WHERE account_id = $1`, [other]);
    await store.assignments.assign({
      accountId: other,
      role,
      tenantId: await store.createTenant(),
    });
    const validUntil = new Date(1);
    await store.assignments.assign({ accountId: other, role, validUntil });

    await expect(store.assignments.unassign({ accountId, role })).rejects.toMatchObject({
      code: 'last_administrator',
    });
    expect(await store.assignments.rolesOf(accountId)).toHaveLength(1);
    await store.assignments.unassign({ accountId: other, role });
  });

  it.each([
    ['without a password', 'password_hash = NULL'],
    ['without a verified address', 'email_verified_at = NULL'],
    ['that is disabled', `status = 'disabled'`],
  ])('AD-7: is not an account %s, which cannot sign in', async (_, change) => {
    const [accountId, other] = await twoAdministrators();
    await store.sql(`UPDATE auth.accounts SET ${change} WHERE id = $1`, [other]);

    await expectLast(accountId);
    await store.assignments.unassign({ accountId: other, role });
  });

  it.each([
    ['runs out by itself', { validUntil: new Date('2999-01-01') }],
    ['has not begun', { validFrom: new Date('2999-01-01') }],
  ])('AD-7: is not one whose role %s', async (_, period) => {
    const [accountId, other] = await twoAdministrators();
    await store.assignments.unassign({ accountId: other, role });
    await store.assignments.assign({ accountId: other, role, ...period });

    await expectLast(accountId);
    await store.assignments.unassign({ accountId: other, role });
  });

  /** Neither path takes it away. */
  async function expectLast(accountId: string): Promise<void> {
    const refused = { code: 'last_administrator' };
    await expect(store.assignments.unassign({ accountId, role })).rejects.toMatchObject(refused);
    const work = jest.fn(() => Promise.resolve());
    await expect(store.assignments.sparingLastAdministrator(accountId, work)).rejects.toMatchObject(
      refused,
    );
    expect(work).not.toHaveBeenCalled();
    expect(await store.assignments.rolesOf(accountId)).toHaveLength(1);
  }
});
