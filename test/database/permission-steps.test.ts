import {
  AUTH_MIGRATIONS,
  dropPermission,
  renamePermission,
  splitPermission,
  type PermissionStep,
} from '@portcullis/nest/migrations';
import { DataSource, type QueryRunner } from 'typeorm';
import { authEntities } from '../../src/entities';
import { openAccess, type AccessStore } from '../access/access-store';
import { cloneDatabase, emptyDatabase, type TestDatabase } from '../support/database';
import { BillsAreNoInvoices1800000000000 } from './example-migration';

let database: TestDatabase;
let store: AccessStore;
let runner: QueryRunner;

beforeAll(async () => {
  database = await cloneDatabase();
  store = await openAccess(database.url);
  await store.catalogue.onModuleInit();
});

beforeEach(async () => {
  await store.sql(`DELETE FROM auth.role_parents`);
  await store.sql(`DELETE FROM auth.roles WHERE origin = 'database'`);
  runner = store.dataSource.createQueryRunner();
});

afterEach(async () => {
  await runner.release();
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

async function grantsOf(roleId: string): Promise<string[]> {
  const rows = await store.sql<{ permission: string }>(
    `SELECT permission FROM auth.role_permissions WHERE role_id = $1 ORDER BY permission`,
    [roleId],
  );
  return rows.map(({ permission }) => permission);
}

/** What a change of the model leaves behind. */
async function trace() {
  const [row] = await store.sql<{ version: number; changes: number; events: number }>(
    `SELECT (SELECT version FROM auth.catalogue) AS version,
      (SELECT count(*)::int FROM auth.changes WHERE kind = 'authority') AS changes,
      (SELECT count(*)::int FROM auth.audit_events WHERE target LIKE 'permission:%') AS events`,
  );
  return row;
}

async function inTransaction(step: () => Promise<PermissionStep>): Promise<PermissionStep> {
  await runner.startTransaction();
  const result = await step();
  await runner.commitTransaction();
  return result;
}

describe('renaming a permission', () => {
  it('carries every grant along, merges what was granted already, and counts whom it touches', async () => {
    const [plain, both, other] = [
      await store.createRole({ name: 'plain', permissions: ['invoices:read', 'reports:read'] }),
      await store.createRole({ name: 'both', permissions: ['bills:read', 'invoices:read'] }),
      await store.createRole({ name: 'other', permissions: ['invoices:readAll', 'Invoices:read'] }),
    ];
    const above = await store.createRole({ name: 'above', parents: [plain] });
    const top = await store.createRole({ name: 'top', parents: [above, both] });
    const [holder, heir, bystander] = [
      await store.createAccount(),
      await store.createAccount(),
      await store.createAccount(),
    ];
    await store.assignments.assign({ accountId: holder, roleId: plain });
    await store.assignments.assign({ accountId: holder, roleId: top });
    await store.assignments.assign({
      accountId: heir,
      roleId: top,
      validFrom: new Date(Date.now() + 3_600_000),
    });
    await store.assignments.assign({ accountId: bystander, roleId: other });
    await store.assignments.assign({
      accountId: bystander,
      roleId: plain,
      validUntil: new Date(1),
    });

    const step = await inTransaction(() => renamePermission(runner, 'invoices:read', 'bills:read'));

    expect(step).toEqual({ roles: 2, accounts: 2, rolesByWildcard: 0 });
    expect(await grantsOf(plain)).toEqual(['bills:read', 'reports:read']);
    expect(await grantsOf(both)).toEqual(['bills:read']);
    expect((await grantsOf(other)).sort()).toEqual(['Invoices:read', 'invoices:readAll']);
  });

  it('tells everybody, raises the version and is on record once; again it finds nothing to do', async () => {
    const roleId = await store.createRole({ name: 'reader', permissions: ['invoices:read'] });
    const before = await trace();
    const rename = () =>
      inTransaction(() => renamePermission(runner, 'invoices:read', 'bills:read'));

    await rename();
    const after = await trace();
    const again = await rename();

    expect(after).toEqual({
      version: Number(before?.version) + 1,
      changes: Number(before?.changes) + 1,
      events: Number(before?.events) + 1,
    });
    expect(again).toEqual({ roles: 0, accounts: 0, rolesByWildcard: 0 });
    expect(await trace()).toEqual(after);
    expect(await grantsOf(roleId)).toEqual(['bills:read']);
    expect(
      await store.sql(
        `SELECT action, details FROM auth.audit_events WHERE target = 'permission:invoices:read'
          ORDER BY id DESC LIMIT 1`,
      ),
    ).toEqual([
      {
        action: 'privilege_permissions_changed',
        details: { change: 'permission_renamed', to: ['bills:read'], roles: 1, accounts: 0 },
      },
    ]);
  });

  it('AZ-11: leaves wildcards as they are and tells how many no longer reach what moved', async () => {
    const wide = await store.createRole({ name: 'wide', permissions: ['invoices:*'] });
    const named = await store.createRole({
      name: 'named',
      permissions: ['invoices:*', 'invoices:read'],
    });
    const all = await store.createRole({ name: 'all', permissions: ['*'] });

    const within = await inTransaction(() =>
      renamePermission(runner, 'invoices:read', 'invoices:view'),
    );
    const across = await inTransaction(() =>
      renamePermission(runner, 'invoices:view', 'bills:read'),
    );

    expect(within).toMatchObject({ roles: 1, rolesByWildcard: 0 });
    expect(across).toMatchObject({ roles: 1, rolesByWildcard: 1 });
    expect(await grantsOf(wide)).toEqual(['invoices:*']);
    expect(await grantsOf(named)).toEqual(['bills:read', 'invoices:*']);
    expect(await grantsOf(all)).toEqual(['*']);
  });

  it('renames a resource by its wildcard', async () => {
    const roleId = await store.createRole({ name: 'wide', permissions: ['invoices:*'] });

    await inTransaction(() => renamePermission(runner, 'invoices:*', 'bills:*'));

    expect(await grantsOf(roleId)).toEqual(['bills:*']);
  });

  it('keeps a permission that is renamed to itself', async () => {
    const roleId = await store.createRole({ name: 'reader', permissions: ['invoices:read'] });

    const step = await inTransaction(() =>
      renamePermission(runner, 'invoices:read', 'invoices:read'),
    );

    expect(step.roles).toBe(0);
    expect(await grantsOf(roleId)).toEqual(['invoices:read']);
  });

  it.each([
    '*',
    'auth.*',
    'invoices',
    'invoices:',
    ':read',
    'invoices:re ad',
    "x:y'; --",
    'ínvoices:read',
  ])('refuses %j, which names no permission', async (name) => {
    await expect(renamePermission(runner, name, 'bills:read')).rejects.toThrow('resource:action');
    await expect(renamePermission(runner, 'bills:read', name)).rejects.toThrow('resource:action');
  });
});

describe('splitting and dropping a permission', () => {
  it('gives all of the new ones, keeps the old one where it is among them, and can run again', async () => {
    const roleId = await store.createRole({ name: 'wide', permissions: ['invoices:*'] });
    const split = () =>
      inTransaction(() =>
        splitPermission(runner, 'invoices:*', ['invoices:*', 'bills:read', 'bills:read']),
      );

    expect(await split()).toMatchObject({ roles: 1 });
    expect(await split()).toMatchObject({ roles: 0 });

    expect(await grantsOf(roleId)).toEqual(['bills:read', 'invoices:*']);
    await inTransaction(() => splitPermission(runner, 'bills:read', ['bills:list', 'bills:open']));
    expect(await grantsOf(roleId)).toEqual(['bills:list', 'bills:open', 'invoices:*']);
    await expect(splitPermission(runner, 'bills:list', [])).rejects.toThrow('dropPermission');
  });

  it('takes a permission away by its name only', async () => {
    const roleId = await store.createRole({
      name: 'reader',
      permissions: ['invoices:*', 'invoices:read', 'invoices:readAll'],
    });

    const step = await inTransaction(() => dropPermission(runner, 'invoices:read'));

    expect(step).toEqual({ roles: 1, accounts: 0, rolesByWildcard: 0 });
    expect((await grantsOf(roleId)).sort()).toEqual(['invoices:*', 'invoices:readAll']);
  });
});

describe('a step inside a migration', () => {
  it('is undone with it', async () => {
    const roleId = await store.createRole({ name: 'reader', permissions: ['invoices:read'] });
    const before = await trace();

    await runner.startTransaction();
    await dropPermission(runner, 'invoices:read');
    await runner.rollbackTransaction();

    expect(await grantsOf(roleId)).toEqual(['invoices:read']);
    expect(await trace()).toEqual(before);
  });

  it('works without one as a transaction of its own', async () => {
    const roleId = await store.createRole({ name: 'reader', permissions: ['invoices:read'] });

    await dropPermission(runner, 'invoices:read');

    expect(await grantsOf(roleId)).toEqual([]);
    expect(runner.isTransactionActive).toBe(false);
  });

  it('waits for whoever changes roles no longer than the limit, which it does not leave behind', async () => {
    await runner.startTransaction();
    await runner.query(`SET LOCAL lock_timeout = '7s'`);
    await dropPermission(runner, 'invoices:read');
    const [after] = (await runner.query(`SELECT current_setting('lock_timeout') AS limit`)) as {
      limit: string;
    }[];
    expect(after?.limit).toBe('7s');
    await runner.rollbackTransaction();

    const blocked = await store.unitOfWork.run(async (tx) => {
      await store.roleModel.stored.holdStill(tx);
      return dropPermission(runner, 'invoices:read').catch((error: unknown) => error);
    });
    expect(blocked).toMatchObject({ driverError: { code: '55P03' } });
  });

  it('runs among the migrations of an application, in whatever schema our tables are', async () => {
    const fresh = await emptyDatabase();
    const dataSource = await new DataSource({
      type: 'postgres',
      url: fresh.url,
      entities: authEntities({ schema: 'Access control' }),
      migrations: AUTH_MIGRATIONS,
      installExtensions: false,
    }).initialize();
    await dataSource.runMigrations();
    await dataSource.query(
      `WITH r AS (INSERT INTO "Access control".roles (id, name, origin)
          VALUES ('018f0000-0000-7000-8000-000000000001', 'reader', 'database') RETURNING id)
        INSERT INTO "Access control".role_permissions
        SELECT id, unnest(ARRAY['invoices:read', 'invoices:*']) FROM r`,
    );
    await dataSource.destroy();

    const host = await new DataSource({
      type: 'postgres',
      url: fresh.url,
      entities: authEntities({ schema: 'Access control' }),
      migrations: [...AUTH_MIGRATIONS, BillsAreNoInvoices1800000000000],
      installExtensions: false,
    }).initialize();
    const applied = await host.runMigrations();

    expect(applied.map(({ name }) => name)).toEqual(['BillsAreNoInvoices1800000000000']);
    expect(
      await host.query(`SELECT permission FROM "Access control".role_permissions ORDER BY 1`),
    ).toEqual([{ permission: 'bills:read' }, { permission: 'invoices:*' }]);
    await host.undoLastMigration();
    expect(
      await host.query(`SELECT permission FROM "Access control".role_permissions ORDER BY 1`),
    ).toEqual([{ permission: 'invoices:*' }, { permission: 'invoices:read' }]);
    await host.destroy();
    await fresh.drop();
  });
});
