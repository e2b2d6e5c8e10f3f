import { CompiledCatalogue } from '../../src/access/compiled-catalogue';
import { defineAccess } from '../../src/route-access/define-access';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { openAccess, type AccessStore } from './access-store';

const access = defineAccess({
  permissions: { invoices: ['read', 'create', 'approve'], reports: ['read', 'write'] },
  roles: {
    viewer: { grants: ['invoices:read'] },
    lister: { grants: ['invoices:read'] },
    editor: { inherits: ['viewer'], grants: ['invoices:create'] },
    reporter: { grants: ['reports:*'] },
    helpdesk: { inherits: ['editor'], grants: ['auth.roles:*', 'auth.assignments:create'] },
    owner: { grants: ['*'] },
  },
});

let database: TestDatabase;
let store: AccessStore;
let names = 0;

beforeAll(async () => {
  database = await cloneDatabase();
  store = await openAccess(database.url, access);
  await store.catalogue.onModuleInit();
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const forbidden = { code: 'forbidden' };
const freshName = () => `role-${(names += 1)}`;

async function accountWith(role: string, tenantId?: string): Promise<string> {
  const accountId = await store.createAccount();
  await store.assignments.assign({ accountId, role, tenantId });
  return accountId;
}

interface Given {
  readonly permissions?: readonly string[];
  readonly parents?: readonly string[];
  readonly tenantId?: string;
}

/** The system makes it: whatever the role gives. */
async function role({ permissions = [], parents = [], tenantId }: Given = {}): Promise<string> {
  const made = await store.roles.create(
    { name: freshName(), permissions, parents, tenantId },
    {},
    {},
  );
  return made.id;
}

/** Everything that says who may do what. */
async function everything(): Promise<unknown> {
  return store.sql(
    `SELECT (SELECT count(*) FROM auth.roles) AS roles,
      (SELECT jsonb_agg(g ORDER BY g.role_id, g.permission) FROM auth.role_permissions g) AS grants,
      (SELECT jsonb_agg(p ORDER BY p.role_id, p.parent_id) FROM auth.role_parents p) AS parents,
      (SELECT jsonb_agg(x ORDER BY x.id) FROM auth.assignments x) AS assignments,
      (SELECT version FROM auth.catalogue) AS version, (SELECT count(*) FROM auth.changes) AS changes`,
  );
}

async function expectRefused(attempt: () => Promise<unknown>): Promise<void> {
  const before = await everything();
  await expect(attempt()).rejects.toMatchObject(forbidden);
  expect(await everything()).toEqual(before);
}

describe('AZ-5: whoever makes or changes a role', () => {
  let actorId: string;

  beforeAll(async () => {
    actorId = await accountWith('helpdesk');
  });

  const create = ({ permissions = [], parents = [], tenantId }: Given) =>
    store.roles.create({ name: freshName(), permissions, parents, tenantId }, { actorId }, {});
  const update = (id: string, change: Given) => store.roles.update(id, change, { actorId }, {});

  it('may give what they hold themselves', async () => {
    const viewer = await store.roleId('viewer');
    const made = await create({
      permissions: ['invoices:create', 'auth.roles:*', 'auth.roles:read'],
      parents: [viewer],
    });

    expect(await update(made.id, { permissions: ['invoices:read'] })).toMatchObject({
      permissions: ['invoices:read'],
    });
    await store.roles.delete(made.id, { actorId }, {});
  });

  it.each([
    ['one permission more', ['invoices:read', 'invoices:approve']],
    ['a wildcard wider than what they hold of it', ['invoices:*']],
    ['a permission of the library', ['auth.keys:rotate']],
    ['everything of the library', ['auth.*']],
    ['everything', ['*']],
    ['the right to give what one does not hold', ['auth.assignments:any']],
  ])('cannot give %s', async (_, permissions) => {
    const id = await role({ permissions: ['invoices:read'] });

    await expectRefused(() => create({ permissions }));
    await expectRefused(() => update(id, { permissions }));
  });

  it('cannot give it by a parent, or a parent of a parent', async () => {
    const strong = await role({ permissions: ['invoices:approve'] });
    const through = await role({ parents: [strong] });
    const further = await role({ parents: [through] });
    const owner = await store.roleId('owner');
    const [weak, below] = [await role(), await role()];
    await store.roles.update(below, { parents: [weak] }, {}, {});

    for (const parent of [strong, through, further, owner]) {
      await expectRefused(() => create({ parents: [parent] }));
      await expectRefused(() => update(weak, { parents: [parent] }));
    }
  });

  it('cannot give it by a role of code whose permissions they hold, and which they do not', async () => {
    const lister = await store.roleId('lister');

    await expectRefused(() => create({ parents: [lister] }));
    await expectRefused(() =>
      store.assignments.assign({ actorId, accountId: actorId, role: 'lister' }),
    );
  });

  it('cannot raise a role that they hold themselves, nor by a role that it inherits', async () => {
    const base = await role({ permissions: ['invoices:read'] });
    const own = await role({ parents: [base] });
    await store.assignments.assign({ accountId: actorId, roleId: own });

    for (const id of [own, base]) {
      await expectRefused(() => update(id, { permissions: ['reports:read'] }));
      await expectRefused(() => update(id, { permissions: ['*'] }));
    }
  });

  it('cannot change, rename, weaken or delete a role above their own', async () => {
    const strong = await role({ permissions: ['reports:write'] });
    const above = await role({ parents: [strong] });

    for (const id of [strong, above]) {
      await expectRefused(() => update(id, { permissions: [], parents: [] }));
      await expectRefused(() => store.roles.update(id, { name: freshName() }, { actorId }, {}));
      await expectRefused(() => store.roles.update(id, { description: 'x' }, { actorId }, {}));
      await expectRefused(() => store.roles.delete(id, { actorId }, {}));
    }
  });

  it('holds only what is active in their session', async () => {
    const twice = await store.createAccount();
    await store.assignments.assign({ accountId: twice, role: 'helpdesk' });
    await store.assignments.assign({ accountId: twice, role: 'reporter' });
    const roleIds = [await store.roleId('helpdesk')];
    const make = (activation?: { version: number; roleIds: string[] }) =>
      store.roles.create(
        { name: freshName(), permissions: ['reports:read'], parents: [] },
        { actorId: twice, activation },
        {},
      );

    await expectRefused(() => make({ version: 1, roleIds }));
    await expectRefused(() => make({ version: 1, roleIds: [] }));
    await expectRefused(() =>
      store.assignments.assign({
        actorId: twice,
        activation: { version: 1, roleIds },
        accountId: twice,
        role: 'reporter',
        tenantId: undefined,
      }),
    );
    await make();
  });

  it('cannot give where they do not hold: one tenant is neither another nor every one', async () => {
    const [here, there] = [await store.createTenant(), await store.createTenant()];
    const local = await accountWith('owner', here);
    const accountId = await store.createAccount();
    const make = (tenantId?: string) =>
      store.roles.create(
        { name: freshName(), permissions: ['invoices:read'], parents: [], tenantId },
        { actorId: local },
        {},
      );

    for (const tenantId of [there, undefined]) {
      await expectRefused(() => make(tenantId));
      await expectRefused(() =>
        store.assignments.assign({ actorId: local, accountId, role: 'viewer', tenantId }),
      );
    }
    const made = await make(here);
    await store.assignments.assign({ actorId: local, accountId, roleId: made.id, tenantId: here });
  });

  it('holds nothing while the account is disabled, unknown, or the assignment has run out', async () => {
    const [disabled, lapsed] = [await accountWith('owner'), await accountWith('owner')];
    await store.sql(`UPDATE auth.accounts SET status = 'disabled' WHERE id = $1`, [disabled]);
    await store.sql(
      `UPDATE auth.assignments SET valid_until = clock_timestamp() WHERE account_id = $1`,
      [lapsed],
    );

    for (const by of [disabled, lapsed, '018f0000-0000-7000-8000-000000000000']) {
      await expectRefused(() =>
        store.roles.create(
          { name: freshName(), permissions: ['invoices:read'], parents: [] },
          { actorId: by },
          {},
        ),
      );
    }
  });
});

describe('AZ-5: whoever assigns a role or takes one away', () => {
  it.each(['administrator', 'owner', 'reporter'])(
    'cannot give %s without holding it',
    async (name) => {
      const actorId = await accountWith('helpdesk');

      for (const accountId of [actorId, await store.createAccount()]) {
        await expectRefused(() => store.assignments.assign({ actorId, accountId, role: name }));
      }
    },
  );

  it('cannot give a role of the database that reaches further, by whatever path', async () => {
    const actorId = await accountWith('helpdesk');
    const strong = await role({ permissions: ['invoices:approve'] });
    const through = await role({ parents: [strong] });
    const ofCode = await role({ parents: [await store.roleId('owner')] });

    for (const roleId of [strong, through, ofCode]) {
      await expectRefused(() => store.assignments.assign({ actorId, accountId: actorId, roleId }));
    }
    const held = await role({
      permissions: ['invoices:read'],
      parents: [await store.roleId('editor')],
    });
    await store.assignments.assign({ actorId, accountId: actorId, roleId: held });
  });

  it('cannot take a role from a superior', async () => {
    const actorId = await accountWith('helpdesk');
    const superior = await accountWith('owner');
    await accountWith('administrator');
    const [assignment] = await store.assignments.rolesOf(superior);

    await expectRefused(() =>
      store.assignments.unassign({ actorId, assignmentId: String(assignment?.id) }),
    );
    await expectRefused(() =>
      store.assignments.unassign({ actorId, accountId: superior, role: 'owner' }),
    );
  });

  it('cannot give what they do not hold by auth.assignments:*', async () => {
    const wildcard = await role({ permissions: ['auth.assignments:*'] });
    const actorId = await store.createAccount();
    await store.assignments.assign({ accountId: actorId, roleId: wildcard });

    await expectRefused(() =>
      store.assignments.assign({ actorId, accountId: actorId, role: 'owner' }),
    );
  });

  it('may give what they do not hold by auth.assignments:any only, and the audit says so', async () => {
    const actorId = await accountWith('administrator');
    const accountId = await store.createAccount();
    await store.assignments.assign({ actorId, accountId, role: 'reporter' });
    await store.assignments.assign({ actorId, accountId, role: 'administrator' });
    const made = await store.roles.create(
      { name: freshName(), permissions: ['invoices:approve'], parents: [] },
      { actorId },
      {},
    );

    const rights = await store.sql(
      `SELECT target, details->>'right' AS right FROM auth.audit_events WHERE actor_id = $1 ORDER BY id`,
      [actorId],
    );
    expect(rights).toEqual([
      { target: 'role:reporter', right: 'auth.assignments:any' },
      // Held, so no special right was used.
      { target: 'role:administrator', right: null },
      { target: `role:${made.name}`, right: 'auth.assignments:any' },
    ]);
  });
});

describe('AZ-11: what covers what', () => {
  const catalogue = new CompiledCatalogue(access);

  it.each<[held: readonly string[], grant: string, covered: boolean]>([
    [['*'], '*', true],
    [['*'], 'auth.*', true],
    [['*'], 'invoices:*', true],
    [['*'], 'invoices:read', true],
    [['auth.*'], 'auth.*', true],
    [['auth.*'], 'auth.keys:*', true],
    [['auth.*'], 'auth.keys:read', true],
    [['auth.*'], '*', false],
    [['auth.*'], 'invoices:read', false],
    [['auth.*'], 'authors:*', false],
    [['auth.keys:*'], 'auth.*', false],
    [['auth.assignments:*'], 'auth.assignments:delete', true],
    [['auth.assignments:*'], 'auth.assignments:any', false],
    [['auth.assignments:any'], 'auth.assignments:any', true],
    [['auth.*'], 'auth.assignments:any', true],
    [['*'], 'auth.assignments:any', true],
    [['auth.keys:*'], 'auth.keys:rotate', true],
    [['auth.keys:*'], 'auth.roles:read', false],
    [['invoices:*'], 'invoices:*', true],
    [['invoices:*'], 'invoices:read', true],
    [['invoices:*'], 'reports:read', false],
    [['invoices:*'], '*', false],
    [['invoices:*'], 'invoices:*:*', false],
    [['reports:read', 'reports:write'], 'reports:*', false],
    [['reports:*', 'invoices:*', 'auth.*'], '*', false],
    [['invoices:read'], 'invoices:read', true],
    [['invoices:read'], 'invoices:Read', false],
    [['invoices:read'], 'invoices:rea', false],
    [['invoices:read'], 'invoices:reаd', false],
    [[], 'nobody:declared', false],
    [['*'], 'nobody:declared', true],
  ])('who holds %j may give %s: %s', (held, grant, covered) => {
    const grants = catalogue.grantsOfReach({
      roles: [],
      codeRoles: new Set(),
      grants: new Set(held),
    });

    expect(catalogue.covers(grants, grant)).toBe(covered);
  });
});
