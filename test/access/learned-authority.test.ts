import { Parameters } from '../../src/database/parameters';
import { Database } from '../../src/database/database';
import { accountHoldingSql, type Holding } from '../../src/access/holding';
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

async function accountWith(...roles: string[]): Promise<string> {
  const accountId = await store.createAccount();
  for (const role of roles) await store.assignments.assign({ accountId, role });
  return accountId;
}

/** What a statement reads beside something else. */
async function holdingOf(accountId: string, tenantId?: string): Promise<Holding> {
  const { tables } = new Database(store.dataSource);
  const parameters = new Parameters();
  const account = parameters.add(accountId, 'uuid');
  const sql = accountHoldingSql(tables, parameters.add(tenantId, 'uuid'));
  const [row] = await store.sql<{ holding: Holding }>(
    `SELECT ${sql} AS holding FROM ${tables.accounts} a WHERE a.id = ${account}`,
    [...parameters.values],
  );
  return row!.holding;
}

/** Somebody with these roles is known, so that their graph is. */
async function meet(...roles: string[]): Promise<void> {
  await store.authorities.of(await accountWith(...roles));
}

async function learn(accountId: string, tenantId?: string): Promise<void> {
  const begun = store.authorities.begin();
  store.authorities.learn(accountId, tenantId, await holdingOf(accountId, tenantId), begun);
}

describe('an authority that was read beside something else', () => {
  it('needs no statement of its own, and is what a statement would have read', async () => {
    await meet('clerk');
    const [accountId, other] = [await accountWith('clerk'), await accountWith('clerk')];
    await learn(accountId);
    store.statements();

    const learned = await store.authorities.of(accountId);

    expect(store.statements()).toEqual([]);
    const { version, roles, permissions } = await store.authorities.of(other);
    expect(learned).toMatchObject({ version, roles, permissions });
    expect(learned.has('invoices:create')).toBe(true);
    expect(learned.has('invoices:approve')).toBe(false);
  });

  it('AZ-7: is not taken when a change was heard while it was read', async () => {
    await meet('clerk');
    const accountId = await accountWith('clerk');
    const begun = store.authorities.begin();
    const holding = await holdingOf(accountId);
    await store.assignments.unassign({ accountId, role: 'clerk' });

    store.authorities.learn(accountId, undefined, holding, begun);

    expect((await store.authorities.of(accountId)).roles).toEqual([]);
  });

  it('is dropped by a change that is heard later', async () => {
    await meet('clerk');
    const accountId = await accountWith('clerk');
    await learn(accountId);

    await store.assignments.unassign({ accountId, role: 'clerk' });

    expect((await store.authorities.of(accountId)).roles).toEqual([]);
  });

  it('is not taken where the role model changed since the graph of its roles was read', async () => {
    const roleId = await store.createRole({ name: 'auditor', permissions: ['invoices:read'] });
    await meet('auditor');
    const accountId = await accountWith('auditor');
    // By another instance, whose word has not arrived yet.
    await store.sql(
      `UPDATE auth.role_permissions SET permission = 'reports:read' WHERE role_id = $1`,
      [roleId],
    );
    await store.sql(`UPDATE auth.catalogue SET version = version + 1`);
    await learn(accountId);

    const authority = await store.authorities.of(accountId);

    expect(authority.permissions).toEqual(['reports:read']);
  });

  it('is not taken where nobody with the same roles was met yet', async () => {
    const accountId = await accountWith('viewer', 'approver');
    await learn(accountId);
    store.statements();

    expect((await store.authorities.of(accountId)).roles).toEqual(['approver', 'viewer']);
    expect(store.statements()).toHaveLength(1);
  });

  it('does not take what the same roles amount to in one tenant for another', async () => {
    const [here, there] = [await store.createTenant(), await store.createTenant()];
    await store.createRole({ name: 'teller', tenantId: here, permissions: ['invoices:create'] });
    const accountId = await store.createAccount();
    await store.assignments.assign({ accountId, role: 'teller', tenantId: here });
    await store.authorities.of(accountId, here);
    store.feed.deliver({ kind: 'authority', accountId });
    await learn(accountId, here);
    await learn(accountId, there);

    expect((await store.authorities.of(accountId, here)).permissions).toEqual(['invoices:create']);
    expect((await store.authorities.of(accountId, there)).permissions).toEqual([]);
  });

  it('ends at the boundary of its assignment', async () => {
    await meet('clerk');
    const accountId = await store.createAccount();
    const validUntil = new Date(Date.now() + 60_000);
    await store.assignments.assign({ accountId, role: 'clerk', validUntil });
    await learn(accountId);
    expect((await store.authorities.of(accountId)).roles).toEqual(['clerk']);

    await store.sql(`UPDATE auth.assignments SET valid_until = now() WHERE account_id = $1`, [
      accountId,
    ]);
    store.clock.advanceSeconds(60);

    expect((await store.authorities.of(accountId)).roles).toEqual([]);
  });

  it('reads an end that is written as infinity as none', async () => {
    const accountId = await accountWith('clerk');
    await store.sql(
      `UPDATE auth.assignments SET valid_from = '-infinity', valid_until = 'infinity' WHERE account_id = $1`,
      [accountId],
    );

    expect((await store.authorities.of(accountId)).roles).toEqual(['clerk']);
  });
});
