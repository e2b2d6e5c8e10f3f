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
});
