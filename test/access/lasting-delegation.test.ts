import { defineAccess } from '../../src/route-access/define-access';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { openAccess, type AccessStore } from './access-store';

const access = defineAccess({
  permissions: { invoices: ['read', 'create'], reports: ['read'] },
  roles: {
    viewer: { grants: ['invoices:read'] },
    editor: { inherits: ['viewer'], grants: ['invoices:create'] },
    helpdesk: { inherits: ['editor'], grants: ['auth.roles:*', 'auth.assignments:create'] },
    owner: { grants: ['*'] },
    teller: { grants: ['reports:read'] },
    auditor: { grants: ['reports:read'] },
  },
  separateInSession: [['teller', 'auditor']],
});

let database: TestDatabase;
let store: AccessStore;
let names = 0;

beforeAll(async () => {
  database = await cloneDatabase();
  store = await openAccess(database.url, access);
  await store.catalogue.onModuleInit();
  // Somebody stays administrator, whatever is taken away.
  await accountWith('administrator');
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const freshName = () => `role-${(names += 1)}`;

async function accountWith(role: string, tenantId?: string): Promise<string> {
  const accountId = await store.createAccount();
  await store.assignments.assign({ accountId, role, tenantId });
  return accountId;
}

/** The system makes it: whatever the role gives. */
async function role(permissions: readonly string[] = [], tenantId?: string): Promise<string> {
  const given = { name: freshName(), permissions, parents: [], tenantId };
  return (await store.roles.create(given, {}, {})).id;
}

/** What is refused leaves no trace, in the audit neither. */
async function expectRefused(attempt: () => Promise<unknown>): Promise<void> {
  const everything = () =>
    store.sql(
      `SELECT (SELECT jsonb_agg(g ORDER BY g.role_id, g.permission) FROM auth.role_permissions g) AS grants,
        (SELECT jsonb_agg(x ORDER BY x.id) FROM auth.assignments x) AS assignments,
        (SELECT count(*) FROM auth.roles) AS roles, (SELECT count(*) FROM auth.audit_events) AS audit`,
    );
  const before = await everything();
  await expect(attempt()).rejects.toMatchObject({ code: 'forbidden' });
  expect(await everything()).toEqual(before);
}

describe('AZ-5: whoever holds something for a time', () => {
  const end = new Date('2999-01-01');
  const [before, after] = [new Date(end.getTime() - 1), new Date(end.getTime() + 1)];

  async function delegate(name = 'helpdesk'): Promise<string> {
    const accountId = await store.createAccount();
    await store.assignments.assign({ accountId, role: name, validUntil: end });
    return accountId;
  }

  it.each(['helpdesk', 'administrator'])(
    'gives it for no longer, whenever that shall begin: %s',
    async (name) => {
      const actorId = await delegate(name);
      const accountId = await store.createAccount();
      const given = { actorId, accountId, role: name };

      await expectRefused(() => store.assignments.assign(given));
      await expectRefused(() => store.assignments.assign({ ...given, validUntil: after }));
      await expectRefused(() =>
        store.assignments.assign({ ...given, validFrom: before, validUntil: after }),
      );
      await expectRefused(() => store.assignments.assign({ ...given, validFrom: end }));
      await store.assignments.assign({ ...given, validUntil: end });
      // What was given is no way to more either.
      await expectRefused(() =>
        store.assignments.assign({
          ...given,
          actorId: accountId,
          accountId: actorId,
          role: 'viewer',
        }),
      );
      await store.assignments.unassign({ actorId, accountId, role: name });
    },
  );

  it('does not lengthen it by a role of the same permissions, or by auth.assignments:any', async () => {
    const [actorId, trustee] = [await delegate(), await delegate('administrator')];
    const roleId = await role(['invoices:read']);

    for (const by of [actorId, trustee]) {
      await expectRefused(() => store.assignments.assign({ actorId: by, accountId: by, roleId }));
      await store.assignments.assign({ actorId: by, accountId: by, roleId, validUntil: before });
    }
  });

  it('puts it into no role, and raises none by it; what they hold without an end they may', async () => {
    const [actorId, trustee] = [await delegate(), await delegate('administrator')];
    const own = await role();
    const make = (by: string) =>
      store.roles.create(
        { name: freshName(), permissions: ['invoices:read'], parents: [] },
        { actorId: by },
        {},
      );

    for (const by of [actorId, trustee]) {
      await expectRefused(() => make(by));
      await expectRefused(() =>
        store.roles.update(own, { permissions: ['invoices:read'] }, { actorId: by }, {}),
      );
    }
    await store.assignments.assign({ accountId: actorId, role: 'viewer' });
    const made = await make(actorId);
    await store.roles.delete(made.id, { actorId }, {});
  });

  it('gives nothing that another role keeps apart at present', async () => {
    const actorId = await delegate('auditor');
    await store.assignments.assign({ accountId: actorId, role: 'teller' });
    const accountId = await store.createAccount();
    const give = (activation?: { version: number; roleIds: string[] }) =>
      store.assignments.assign({ actorId, accountId, role: 'teller', activation });

    await expectRefused(() => give());
    await give({ version: 1, roleIds: [await store.roleId('teller')] });
  });

  it('may still delete a role, and take away', async () => {
    const actorId = await delegate();
    const made = await role(['invoices:create']);
    const accountId = await accountWith('editor');

    await store.assignments.unassign({ actorId, accountId, role: 'editor' });
    await store.roles.delete(made, { actorId }, {});
  });
});

describe('AD-2: in a disabled tenant', () => {
  let tenantId: string;

  beforeAll(async () => {
    tenantId = await store.createTenant();
  });

  it('an administrator of every tenant takes away, and edits and deletes roles', async () => {
    const actorId = await accountWith('administrator');
    const local = await accountWith('owner', tenantId);
    const made = await role(['auth.users:read'], tenantId);
    await store.tenants.update(tenantId, { status: 'disabled' });

    await store.roles.update(made, { permissions: [] }, { actorId }, {});
    await store.roles.delete(made, { actorId }, {});
    await store.assignments.unassign({ actorId, accountId: local, role: 'owner', tenantId });
    expect(await store.assignments.rolesOf(local)).toEqual([]);
  });

  it('nobody takes away what stands above them', async () => {
    const actorId = await accountWith('helpdesk');
    const local = await accountWith('owner', tenantId);

    await expectRefused(() =>
      store.assignments.unassign({ actorId, accountId: local, role: 'owner', tenantId }),
    );
  });
});
