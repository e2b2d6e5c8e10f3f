import { newId } from '../../src/database/identifiers';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { NO_CURSORS, NO_IDS, NO_LIMITS, plansOf, walk } from '../support/lists';
import { openExplanation, permission, type ExplanationStore } from './explanation-store';

let database: TestDatabase;
let store: ExplanationStore;

beforeAll(async () => {
  database = await cloneDatabase();
  store = await openExplanation(database.url);
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

async function accountWith(role: string, tenantId?: string): Promise<string> {
  const accountId = await store.createAccount();
  await store.assignments.assign({ accountId, role, tenantId });
  return accountId;
}

describe('whoCan', () => {
  it('names accounts and the roles by which they may, in two statements', async () => {
    const tenantId = await store.createTenant();
    const team = await store.createRole({
      name: 'approvers',
      tenantId,
      parents: [await store.roleId('approver')],
    });
    const one = await accountWith('approver', tenantId);
    await store.assignments.assign({ accountId: one, roleId: team, tenantId });
    const two = await accountWith('approver');
    await store.sql(`UPDATE auth.accounts SET display_name = 'Two' WHERE id = $1`, [two]);
    await accountWith('clerk', tenantId);
    store.statements();

    const page = await store.access.whoCan('invoices:approve', { tenantId });

    expect(store.statements()).toHaveLength(2);
    expect(page).toEqual({
      items: [
        { id: two, email: `${two}@example.org`, displayName: 'Two', roles: ['approver'] },
        {
          id: one,
          email: `${one}@example.org`,
          displayName: null,
          roles: ['approver', 'approvers'],
        },
      ],
      nextCursor: null,
    });
    const everywhere = await store.access.whoCan('invoices:approve');
    expect(everywhere.items.map(({ id }) => id)).toEqual([two]);
    expect(await store.access.whoCan('invoices:approve', { tenantId: `t-${tenantId}` })).toEqual(
      page,
    );
  });

  it('leaves out who is disabled, too early or too late, and everybody in a disabled tenant', async () => {
    const tenantId = await store.createTenant();
    const past = new Date(Date.UTC(2001, 0, 1));
    const future = new Date(Date.UTC(2100, 0, 1));
    const make = async (validity: object) => {
      const accountId = await store.createAccount();
      await store.assignments.assign({ accountId, role: 'clerk', tenantId, ...validity });
      return accountId;
    };
    const now = await make({ validFrom: past, validUntil: future });
    await make({ validFrom: future });
    await make({ validUntil: past });
    const disabled = await make({});
    await store.sql(`UPDATE auth.accounts SET status = 'disabled' WHERE id = $1`, [disabled]);
    const ask = async () =>
      (await store.access.whoCan('invoices:create', { tenantId })).items.map(({ id }) => id);

    expect(await ask()).toEqual([now]);
    await store.tenants.update(tenantId, { status: 'disabled' });
    expect(await ask()).toEqual([]);
  });

  it('walks in pages, and lists nobody twice who comes or goes meanwhile', async () => {
    const tenantId = await store.createTenant();
    const accounts: string[] = [];
    for (let index = 0; index < 7; index += 1) accounts.push(await accountWith('clerk', tenantId));

    const listed = await walk(
      (cursor) => store.access.whoCan('invoices:create', { tenantId, limit: 3, cursor }),
      () => accountWith('clerk', tenantId),
    );

    expect(listed.map(({ id }) => id)).toEqual([...accounts].reverse());
  });

  it('AD-3: refuses what is no limit, no cursor and no permission; no tenant has nobody in it', async () => {
    const invalid = { code: 'validation_failed' };
    const ask = (query: object, name = 'invoices:read') =>
      store.access.whoCan(permission(name), query);

    for (const limit of NO_LIMITS) await expect(ask({ limit })).rejects.toMatchObject(invalid);
    for (const cursor of NO_CURSORS) await expect(ask({ cursor })).rejects.toMatchObject(invalid);
    for (const name of ['invoices:*', '*', 'auth.*', 'invoices:Read', '']) {
      await expect(ask({}, name)).rejects.toMatchObject(invalid);
    }
    for (const tenantId of [...NO_IDS, newId(), 'nowhere']) {
      expect(await ask({ tenantId })).toEqual({ items: [], nextCursor: null });
    }
  });

  it('AD-1: within a tenant, lists only the accounts that belong to it', async () => {
    const [tenantId, other] = [await store.createTenant(), await store.createTenant()];
    const member = await accountWith('clerk', tenantId);
    const everywhere = await accountWith('clerk');
    const both = await accountWith('clerk');
    await store.assignments.assign({ accountId: both, role: 'viewer', tenantId });
    const ids = async (query: object) =>
      (await store.access.whoCan('invoices:create', query)).items.map(({ id }) => id);

    expect(await ids({ within: { tenantId } })).toEqual([both, member]);
    expect(await ids({ tenantId })).toEqual(expect.arrayContaining([both, everywhere, member]));
    for (const elsewhere of [other, newId()]) {
      await expect(
        store.access.whoCan('invoices:create', { tenantId: elsewhere, within: { tenantId } }),
      ).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await ids({ tenantId: `t-${other}`, within: { tenantId } })).toEqual([]);
    for (const no of NO_IDS) {
      await expect(ids({ within: { tenantId: no } })).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('finds the few who may among many accounts by index', async () => {
    await store.sql(
      `INSERT INTO auth.accounts (id, email, email_key)
        SELECT id, id || '@example.net', id || '@example.net'
        FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, 20000)) AS many`,
    );
    await store.sql(
      `INSERT INTO auth.assignments (id, account_id, role_id)
        SELECT gen_random_uuid(), id, $1 FROM auth.accounts WHERE email LIKE '%@example.net'`,
      [await store.roleId('viewer')],
    );
    await store.sql('ANALYZE auth.accounts, auth.assignments');
    const approver = await accountWith('approver');

    const [, plan] = await plansOf(store.database, async () => {
      const { items } = await store.access.whoCan('reports:read', { limit: 1 });
      expect(items.map(({ id }) => id)).toEqual([approver]);
    });

    expect(plan).toContain('assignments_role_id');
    expect(plan).not.toContain('Seq Scan on accounts');
    expect(plan).not.toContain('Seq Scan on assignments');
  });
});
