import * as fc from 'fast-check';
import { inheritedRoles } from '../../src/route-access/role-hierarchy';
import { isAuthError } from '../../src/errors/auth-error';
import { defineAccess } from '../../src/route-access/define-access';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { access, openAccess, type AccessStore } from './access-store';

let database: TestDatabase;
let store: AccessStore;
let names = 0;
let clerk: string;
let approver: string;

beforeAll(async () => {
  database = await cloneDatabase();
  store = await openAccess(database.url);
  await store.catalogue.onModuleInit();
  [clerk, approver] = [await store.roleId('clerk'), await store.roleId('approver')];
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const separated = { code: 'separation_of_duty' };
const freshName = () => `role-${(names += 1)}`;

async function role(parents: readonly string[] = [], tenantId?: string): Promise<string> {
  const given = { name: freshName(), permissions: [], parents, tenantId };
  return (await store.roles.create(given, {}, {})).id;
}

async function holderOf(...roleIds: string[]): Promise<string> {
  const accountId = await store.createAccount();
  for (const roleId of roleIds) await store.assignments.assign({ accountId, roleId });
  return accountId;
}

const inherit = (id: string, parents: readonly string[]) =>
  store.roles.update(id, { parents }, {}, {});

describe('AZ-9: separation of duty over roles of the database', () => {
  it('lets no role join what must stay apart, at whatever distance', async () => {
    const [left, right] = [await role([clerk]), await role([approver])];
    const [further, fresh] = [await role([left]), await role()];
    const senior = await store.roleId('seniorClerk');

    for (const parents of [
      [clerk, approver],
      [left, approver],
      [left, right],
      [further, right],
      [senior, right],
    ]) {
      await expect(role(parents)).rejects.toMatchObject(separated);
      await expect(inherit(fresh, parents)).rejects.toMatchObject(separated);
    }
  });

  it('lets no role join it by what happens below', async () => {
    const [one, other] = [await role(), await role([approver])];
    await role([one, other]);

    await expect(inherit(one, [clerk])).rejects.toMatchObject(separated);
    await inherit(other, []);
    await inherit(one, [clerk]);
  });

  it('lets nobody be assigned both, directly or by inheritance', async () => {
    const [left, right] = [await role([clerk]), await role([approver])];
    const above = await role([left]);

    for (const [held, given] of [
      [left, right],
      [right, above],
      [clerk, right],
      [above, approver],
    ] as const) {
      const accountId = await holderOf(held);
      await expect(store.assignments.assign({ accountId, roleId: given })).rejects.toMatchObject(
        separated,
      );
    }
  });

  it('changes no role so that somebody who holds it would hold too much', async () => {
    const harmless = await role();
    const above = await role([harmless]);
    await holderOf(above, approver);

    await expect(inherit(harmless, [clerk])).rejects.toMatchObject(separated);
    await store.roles.update(harmless, { permissions: ['invoices:create'] }, {}, {});
  });

  it('looks at tenants and at validity as an assignment does', async () => {
    const [here, there] = [await store.createTenant(), await store.createTenant()];
    const local = await role([], here);
    const elsewhere = await store.createAccount();
    await store.assignments.assign({ accountId: elsewhere, roleId: local, tenantId: here });
    await store.assignments.assign({ accountId: elsewhere, roleId: approver, tenantId: there });
    await inherit(local, [clerk]);

    const timed = await role();
    const accountId = await store.createAccount();
    const [noon, evening] = [new Date(Date.now() + 3_600_000), new Date(Date.now() + 7_200_000)];
    await store.assignments.assign({ accountId, roleId: timed, validUntil: noon });
    await store.assignments.assign({ accountId, roleId: approver, validFrom: noon });
    await inherit(timed, [clerk]);
    const late = await role();
    await store.assignments.assign({ accountId, roleId: late, validFrom: evening });
    await expect(inherit(late, [clerk])).rejects.toMatchObject(separated);
  });

  it('finds who holds too much already, also by one role alone, which is given to nobody else', async () => {
    const fresh = await cloneDatabase();
    const older = await openAccess(
      fresh.url,
      defineAccess({
        permissions: { invoices: ['read', 'create', 'approve'], reports: ['read'] },
        roles: {
          clerk: { grants: ['invoices:create'] },
          approver: { grants: ['invoices:approve'] },
        },
      }),
    );
    await older.catalogue.onModuleInit();
    const both = await older.roles.create(
      {
        name: 'both',
        permissions: [],
        parents: [await older.roleId('clerk'), await older.roleId('approver')],
      },
      {},
      {},
    );
    const next = await openAccess(fresh.url);
    await next.catalogue.onModuleInit();
    expect(await next.roleModel.separation.findViolation()).toBeUndefined();

    const [alone, twice] = [await older.createAccount(), await older.createAccount()];
    await older.assignments.assign({ accountId: alone, roleId: both.id });
    expect(await next.roleModel.separation.findViolation()).toBe(alone);
    await older.assignments.unassign({ accountId: alone, role: 'both' });
    for (const name of ['clerk', 'approver']) {
      await older.assignments.assign({ accountId: twice, role: name });
    }
    expect(await next.roleModel.separation.findViolation()).toBe(twice);
    await expect(
      next.assignments.assign({ accountId: alone, roleId: both.id }),
    ).rejects.toMatchObject(separated);
    await older.close();
    await next.close();
    await fresh.drop();
  });
});

describe('any sequence of changes of roles', () => {
  it('AZ-8 AZ-9: leaves no cycle, no role that joins, and nobody who holds too much', async () => {
    const code = [clerk, approver, await store.roleId('viewer'), await store.roleId('seniorClerk')];
    const step = fc.record({
      role: fc.nat(4),
      parents: fc.uniqueArray(fc.nat(8), { maxLength: 2 }),
      assigns: fc.boolean(),
    });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 14 }), async (steps) => {
        const own = await Promise.all(Array.from({ length: 5 }, () => role()));
        const pool = [...own, ...code];
        const accountId = await store.createAccount();
        for (const { role: index, parents, assigns } of steps) {
          const id = own[index] ?? '';
          const attempt = assigns
            ? store.assignments.assign({ accountId, roleId: id })
            : inherit(
                id,
                parents.flatMap((parent) => pool[parent] ?? []),
              );
          await attempt.catch((error: unknown) => {
            if (!isAuthError(error)) throw error;
            refused += 1;
          });
        }
        await expectSound(own, accountId);
      }),
      { numRuns: 25 },
    );
    expect(refused).toBeGreaterThan(20);
  });
});

/** Reads the tables themselves, with nothing of what enforced them. */
async function expectSound(own: readonly string[], accountId: string): Promise<void> {
  const cycles = await store.sql(
    `WITH RECURSIVE up (start, id) AS (
        SELECT role_id, parent_id FROM auth.role_parents
        UNION SELECT up.start, p.parent_id FROM up JOIN auth.role_parents p ON p.role_id = up.id
      ) SELECT start FROM up WHERE start = id`,
  );
  expect(cycles).toEqual([]);
  for (const id of own) expect(await membersOf([id])).not.toEqual(BOTH);
  const held = await store.sql<{ id: string }>(
    `SELECT role_id AS id FROM auth.assignments WHERE account_id = $1`,
    [accountId],
  );
  expect(await membersOf(held.map(({ id }) => id))).not.toEqual(BOTH);
}

const BOTH = ['approver', 'clerk'];

/** Which of the roles that exclude each other are reached. */
async function membersOf(ids: readonly string[]): Promise<readonly string[]> {
  const rows = await store.sql<{ name: string }>(
    `WITH RECURSIVE reached (id) AS (
        SELECT unnest($1::uuid[])
        UNION SELECT p.parent_id FROM reached JOIN auth.role_parents p ON p.role_id = reached.id
      ) SELECT name FROM auth.roles JOIN reached USING (id) WHERE origin = 'code'`,
    [ids],
  );
  const inherits = (name: string) => access.roles[name as keyof typeof access.roles].inherits;
  const reached = rows.flatMap(({ name }) => [...inheritedRoles(name, inherits)]);
  return BOTH.filter((name) => reached.includes(name));
}
