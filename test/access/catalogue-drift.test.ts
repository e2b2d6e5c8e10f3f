import { Logger } from '@nestjs/common';
import { newId } from '../../src/database/identifiers';
import { defineAccess } from '../../src/route-access/define-access';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { openAccess, type AccessStore } from './access-store';

let database: TestDatabase;
let store: AccessStore;

beforeEach(async () => {
  database = await cloneDatabase();
  store = await openAccess(database.url);
  await store.catalogue.onModuleInit();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await store.close();
  await database.drop();
});

/** What a boot says, at every level. */
async function boot(instance = store): Promise<string[]> {
  const lines: string[] = [];
  const hear = (line: unknown) => void lines.push(String(line));
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(hear);
  jest.spyOn(Logger.prototype, 'log').mockImplementation(hear);
  await instance.catalogue.onModuleInit();
  return lines;
}

describe('a boot', () => {
  it('is silent while code and database agree', async () => {
    await store.createRole({ name: 'sound', permissions: ['invoices:*', 'auth.*', '*'] });

    expect(await boot()).toEqual([]);
  });

  it('tells in one line what roles of the database grant and nothing declares', async () => {
    await store.createRole({ name: 'one', permissions: ['old:read', 'old:*', 'invoices:read'] });
    await store.createRole({ name: 'two', permissions: ['old:read'] });

    const lines = await boot();

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\(2\).*old:\*, old:read\..*renamePermission/);
  });

  it('AZ-9: tells of accounts that hold too much, and starts all the same', async () => {
    const accountId = await store.createAccount();
    for (const role of ['clerk', 'approver']) {
      await store.sql(
        `INSERT INTO auth.assignments (id, account_id, role_id) VALUES ($1, $2, $3)`,
        [newId(), accountId, await store.roleId(role)],
      );
    }

    const lines = await boot();

    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(accountId);
  });

  it('tells in one line which roles code dropped, and which of them are in use', async () => {
    await store.assignments.assign({ accountId: await store.createAccount(), role: 'viewer' });
    await store.createRole({ name: 'heir', parents: [await store.roleId('clerk')] });
    const next = await openAccess(
      database.url,
      defineAccess({ permissions: { invoices: ['read'] }, roles: { reader: { grants: ['*'] } } }),
    );

    const lines = await boot(next);

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/: approver, clerk \(in use\), seniorClerk, viewer \(in use\)$/);
    await next.close();
  });

  it.each(['auditor', 'Auditor'])(
    'AD-2: is refused while a role of any tenant has the name of a role of code: %s',
    async (name) => {
      await store.createRole({ name, tenantId: await store.createTenant() });
      const next = await openAccess(
        database.url,
        defineAccess({
          permissions: { invoices: ['read', 'create', 'approve'], reports: ['read'] },
          roles: { auditor: { grants: ['auth.*'] } },
        }),
      );
      const before = await store.sql(`SELECT name FROM auth.roles ORDER BY name`);

      await expect(next.catalogue.onModuleInit()).rejects.toThrow('access.roles.auditor');

      expect(await store.sql(`SELECT name FROM auth.roles ORDER BY name`)).toEqual(before);
      await next.close();
    },
  );
});
