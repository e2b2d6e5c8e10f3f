import { newId } from '../../src/database/identifiers';
import { openAccess, type AccessStore } from '../access/access-store';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { walk } from '../support/lists';

let database: TestDatabase;
let store: AccessStore;
let names = 0;

beforeAll(async () => {
  database = await cloneDatabase();
  store = await openAccess(database.url);
  await store.catalogue.onModuleInit();
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const freshName = () => `role-${(names += 1)}`;

function create(given: { permissions?: string[]; parents?: string[]; tenantId?: string } = {}) {
  return store.roles.create({ name: freshName(), permissions: [], parents: [], ...given }, {}, {});
}

async function trace() {
  const [row] = await store.sql(
    `SELECT (SELECT jsonb_agg(r ORDER BY r.id) FROM auth.roles r) AS roles,
      (SELECT version FROM auth.catalogue) AS version, (SELECT count(*) FROM auth.changes) AS changes,
      (SELECT count(*) FROM auth.audit_events) AS events`,
  );
  return row;
}

describe('roles of tenants', () => {
  it('AD-1: are seen and changed in their tenant only; ids of other tenants do not exist', async () => {
    const [here, there] = [await store.createTenant(), await store.createTenant()];
    const mine = await store.roles.create(
      { name: freshName(), permissions: [], parents: [] },
      {},
      { tenantId: here },
    );
    const before = await trace();
    expect(mine.tenantId).toBe(here);

    for (const scope of [{ tenantId: there }, { tenantId: newId() }, { tenantId: 'x' }]) {
      const unknown = { code: 'not_found' };
      await expect(store.roles.get(mine.id, scope)).rejects.toMatchObject(unknown);
      await expect(
        store.roles.update(mine.id, { name: freshName() }, {}, scope),
      ).rejects.toMatchObject(unknown);
      await expect(store.roles.delete(mine.id, {}, scope)).rejects.toMatchObject(unknown);
    }
    expect(await trace()).toEqual(before);
    const listed = await walk((cursor) => store.roles.list({ cursor }, { tenantId: there }));
    expect(listed.map(({ id }) => id)).not.toContain(mine.id);
    expect(listed.every(({ tenantId }) => tenantId === null || tenantId === there)).toBe(true);
  });

  it('AD-1: a caller of one tenant makes no role for another, and changes none of every tenant', async () => {
    const [here, there] = [await store.createTenant(), await store.createTenant()];
    const everywhere = await create();
    const given = { name: freshName(), permissions: [], parents: [], tenantId: there };

    await expect(store.roles.create(given, {}, { tenantId: here })).rejects.toMatchObject({
      code: 'not_found',
    });
    for (const tenantId of [newId(), 'x']) {
      await expect(store.roles.create({ ...given, tenantId }, {}, {})).rejects.toMatchObject({
        code: 'not_found',
      });
    }
    for (const id of [everywhere.id, await store.roleId('viewer')]) {
      await expect(
        store.roles.update(id, { name: freshName() }, {}, { tenantId: here }),
      ).rejects.toMatchObject({ code: 'forbidden' });
      await expect(store.roles.delete(id, {}, { tenantId: here })).rejects.toMatchObject({
        code: 'forbidden',
      });
    }
  });

  it('AD-2: a parent of another tenant is answered like one that does not exist', async () => {
    const [here, there] = [await store.createTenant(), await store.createTenant()];
    const theirs = await create({ tenantId: there });
    const mine = await create({ tenantId: here });
    const everywhere = await create();
    const answer = (attempt: Promise<unknown>) =>
      attempt.then(
        () => 'done',
        (error: unknown) => {
          const { code, errors } = error as { code: string; errors: unknown };
          return { code, errors };
        },
      );

    const unknown = await answer(store.roles.update(mine.id, { parents: [newId()] }, {}, {}));
    const foreign = await answer(store.roles.update(mine.id, { parents: [theirs.id] }, {}, {}));

    expect(unknown).toMatchObject({ code: 'validation_failed' });
    expect(foreign).toEqual(unknown);
    // A role for every tenant would carry one tenant's role into the others.
    expect(await answer(store.roles.update(everywhere.id, { parents: [mine.id] }, {}, {}))).toEqual(
      unknown,
    );
    await store.roles.update(mine.id, { parents: [everywhere.id] }, {}, {});
  });

  it('AD-2: a role of one tenant is assigned in no other and not everywhere', async () => {
    const [here, there] = [await store.createTenant(), await store.createTenant()];
    const theirs = await create({ tenantId: there, permissions: ['invoices:read'] });
    const accountId = await store.createAccount();

    for (const tenantId of [here, undefined]) {
      for (const role of [{ roleId: theirs.id }, { role: theirs.name }]) {
        await expect(
          store.assignments.assign({ accountId, tenantId, ...role }),
        ).rejects.toMatchObject({ code: 'not_found' });
      }
    }
    await store.assignments.assign({ accountId, tenantId: there, roleId: theirs.id });
    expect((await store.authorities.of(accountId, there)).permissions).toEqual(['invoices:read']);
    expect((await store.authorities.of(accountId, here)).permissions).toEqual([]);
    expect((await store.authorities.of(accountId)).permissions).toEqual([]);
  });
});
