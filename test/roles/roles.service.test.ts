import { newId } from '../../src/database/identifiers';
import { openAccess, type AccessStore } from '../access/access-store';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { HOSTILE_TEXTS, NO_CURSORS, NO_IDS, NO_LIMITS, walk } from '../support/lists';

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

async function trace(roleId?: string) {
  const [row] = await store.sql<{ version: number; changes: number; events: object[] }>(
    `SELECT (SELECT version FROM auth.catalogue) AS version,
      (SELECT count(*)::int FROM auth.changes WHERE kind = 'authority' AND account_id IS NULL) AS changes,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('action', action, 'target', target,
          'details', details, 'tenantId', tenant_id, 'actorId', actor_id) ORDER BY occurred_at), '[]')
        FROM auth.audit_events WHERE details->>'roleId' = $1) AS events`,
    [roleId ?? ''],
  );
  if (row === undefined) throw new Error('No row');
  return row;
}

describe('a role of the database', () => {
  it('is created with its grants and parents, told to everybody, and on record', async () => {
    const viewer = await store.roleId('viewer');
    const before = await trace();

    const role = await store.roles.create(
      {
        name: 'Auditor.External',
        description: 'Reads.',
        permissions: ['reports:*', 'invoices:read', 'reports:*'],
        parents: [viewer, viewer],
      },
      { origin: { ip: '192.0.2.1' } },
      {},
    );

    expect(role).toEqual({
      id: expect.any(String) as string,
      name: 'Auditor.External',
      description: 'Reads.',
      origin: 'database',
      tenantId: null,
      permissions: ['invoices:read', 'reports:*'],
      parents: [{ id: viewer, name: 'viewer' }],
      createdAt: expect.any(Date) as Date,
      updatedAt: expect.any(Date) as Date,
    });
    expect(await store.roles.get(role.id, {})).toEqual(role);
    expect(await trace(role.id)).toEqual({
      version: before.version + 1,
      changes: before.changes + 1,
      events: [
        {
          action: 'role_created',
          target: 'role:Auditor.External',
          tenantId: null,
          actorId: null,
          details: {
            roleId: role.id,
            permissions: ['invoices:read', 'reports:*'],
            parents: ['viewer'],
          },
        },
      ],
    });
  });

  it('changes only in what is named, and the record says what was added and removed', async () => {
    const parent = await create();
    const role = await create({ permissions: ['invoices:read', 'reports:read'] });
    const before = await trace();

    const updated = await store.roles.update(
      role.id,
      { permissions: ['invoices:read', 'invoices:create'], parents: [parent.id], name: 'renamed' },
      {},
      {},
    );

    expect(updated).toMatchObject({
      name: 'renamed',
      permissions: ['invoices:create', 'invoices:read'],
      parents: [{ id: parent.id, name: parent.name }],
    });
    expect(updated.updatedAt.getTime()).toBeGreaterThan(role.updatedAt.getTime());
    const after = await trace(role.id);
    expect(after).toMatchObject({ version: before.version + 1, changes: before.changes + 1 });
    expect(after.events.at(-1)).toMatchObject({
      action: 'role_updated',
      target: 'role:renamed',
      details: {
        renamedFrom: role.name,
        permissionsAdded: ['invoices:create'],
        permissionsRemoved: ['reports:read'],
        parentsAdded: [parent.name],
      },
    });
    expect(await store.roles.update(role.id, { description: 'Text.' }, {}, {})).toMatchObject({
      description: 'Text.',
      permissions: updated.permissions,
      parents: updated.parents,
    });
    expect(await store.roles.update(role.id, { description: null }, {}, {})).toMatchObject({
      description: null,
    });
  });

  it('leaves no trace where nothing changes', async () => {
    const role = await create({ permissions: ['invoices:read'] });
    const before = await trace(role.id);

    expect(await store.roles.update(role.id, { permissions: ['invoices:read'] }, {}, {})).toEqual(
      role,
    );
    expect(await store.roles.update(role.id, {}, {}, {})).toEqual(role);

    expect(await trace(role.id)).toEqual(before);
  });

  it('is seen by this instance at once, and its holders keep it under another name', async () => {
    const role = await create({ permissions: ['invoices:read'] });
    const accountId = await store.createAccount();
    await store.assignments.assign({ accountId, roleId: role.id });
    const before = await store.authorities.of(accountId);
    expect(before.permissions).toEqual(['invoices:read']);

    await store.roles.update(role.id, { name: freshName(), permissions: ['reports:*'] }, {}, {});

    const after = await store.authorities.of(accountId);
    expect(after.permissions).toEqual(['reports:read']);
    expect(after.version).toBeGreaterThan(before.version);
    expect(await store.assignments.rolesOf(accountId)).toMatchObject([{ roleId: role.id }]);
  });

  it('AZ-8: passes rights on, counts a diamond once, and takes them back with the link', async () => {
    const base = await create({ permissions: ['invoices:approve'] });
    const [left, right] = [
      await create({ parents: [base.id] }),
      await create({ parents: [base.id] }),
    ];
    const top = await create({ parents: [left.id, right.id] });
    const accountId = await store.createAccount();
    await store.assignments.assign({ accountId, roleId: top.id });
    expect((await store.authorities.of(accountId)).permissions).toEqual(['invoices:approve']);

    await store.roles.update(left.id, { parents: [] }, {}, {});
    expect((await store.authorities.of(accountId)).permissions).toEqual(['invoices:approve']);
    await store.roles.update(right.id, { parents: [] }, {}, {});
    expect((await store.authorities.of(accountId)).permissions).toEqual([]);
  });

  it('AZ-8: inherits through fifty roles', async () => {
    let role = await create({ permissions: ['invoices:read'] });
    for (let depth = 1; depth < 50; depth += 1) role = await create({ parents: [role.id] });
    const accountId = await store.createAccount();

    await store.assignments.assign({ accountId, roleId: role.id });

    expect((await store.authorities.of(accountId)).permissions).toEqual(['invoices:read']);
  });

  it('AZ-8: never inherits itself, directly or through others', async () => {
    const base = await create();
    const middle = await create({ parents: [base.id] });
    const top = await create({ parents: [middle.id] });

    for (const parent of [base, middle, top]) {
      await expect(
        store.roles.update(base.id, { parents: [parent.id] }, {}, {}),
      ).rejects.toMatchObject({ code: 'role_cycle' });
    }
    expect((await store.roles.get(base.id, {})).parents).toEqual([]);
  });

  it('AZ-8: is not deleted while somebody holds it, now or later, or a role inherits it', async () => {
    const base = await create();
    const top = await create({ parents: [base.id] });
    const accountId = await store.createAccount();
    const later = new Date(Date.now() + 3_600_000);
    await store.assignments.assign({ accountId, roleId: top.id, validFrom: later });

    for (const { id } of [base, top]) {
      await expect(store.roles.delete(id, {}, {})).rejects.toMatchObject({ code: 'conflict' });
    }
    await store.assignments.unassign({ accountId, role: top.name });
    await store.roles.delete(top.id, {}, {});
    await store.roles.delete(base.id, {}, {});

    for (const { id } of [base, top]) {
      await expect(store.roles.get(id, {})).rejects.toMatchObject({ code: 'not_found' });
    }
    expect((await trace(base.id)).events.at(-1)).toMatchObject({ action: 'role_deleted' });
  });

  it('takes assignments that have run out with it, and no version falls', async () => {
    const role = await create();
    const accountId = await store.createAccount();
    const tenants = [await store.createTenant(), await store.createTenant()];
    for (const tenantId of tenants) {
      await store.assignments.assign({
        accountId,
        roleId: role.id,
        tenantId,
        validFrom: new Date(1),
        validUntil: new Date(2),
      });
    }
    const { version } = await store.authorities.of(accountId);

    await store.roles.delete(role.id, {}, {});

    expect(await store.assignments.rolesOf(accountId)).toEqual([]);
    expect((await store.authorities.of(accountId)).version).toBeGreaterThan(version);
  });

  it.each([
    ['no name', { name: '' }, 'name'],
    ['a name with a space', { name: 'a b' }, 'name'],
    ['a name with a look-alike', { name: 'аdmin' }, 'name'],
    ['a name of 65 characters', { name: 'x'.repeat(65) }, 'name'],
    ['a boundless description', { description: 'x'.repeat(1001) }, 'description'],
    ['a description with NUL', { description: 'a\0' }, 'description'],
    ['a permission nobody declared', { permissions: ['invoices:read', 'x:y'] }, 'permissions.1'],
    ['a wildcard over nothing', { permissions: ['x:*'] }, 'permissions.0'],
    ['a wildcard inside a name', { permissions: ['inv*:read'] }, 'permissions.0'],
    ['everything of everything', { permissions: ['*:*'] }, 'permissions.0'],
    ['a permission in capitals', { permissions: ['Invoices:read'] }, 'permissions.0'],
    ['a parent that is no id', { parents: ['viewer'] }, 'parents.0'],
    ['a parent that does not exist', { parents: [newId()] }, 'parents.0'],
  ])('AZ-11: refuses %s, naming the field', async (_, given, field) => {
    const role = await create();
    const wrong = { code: 'validation_failed', errors: [expect.objectContaining({ field })] };

    await expect(
      store.roles.create({ name: freshName(), permissions: [], parents: [], ...given }, {}, {}),
    ).rejects.toMatchObject(wrong);
    await expect(store.roles.update(role.id, given, {}, {})).rejects.toMatchObject(wrong);
  });

  it('refuses what is missing or of another type where nobody checked', async () => {
    const untyped = store.roles.create.bind(store.roles) as (
      ...given: unknown[]
    ) => Promise<unknown>;

    await expect(untyped({}, {}, {})).rejects.toMatchObject({
      errors: ['name', 'permissions', 'parents'].map((field) => expect.objectContaining({ field })),
    });
    await expect(
      untyped({ name: freshName(), permissions: [1], parents: 'x' }, {}, {}),
    ).rejects.toMatchObject({
      errors: ['permissions.0', 'parents'].map((field) => expect.objectContaining({ field })),
    });
  });

  it.each(['viewer', 'VIEWER', 'Administrator', 'seniorclerk'])(
    'AD-2: has no name like that of a role of code, in no tenant: %s',
    async (name) => {
      const tenantId = await store.createTenant();
      const role = await create({ tenantId });

      for (const given of [{}, { tenantId }]) {
        await expect(
          store.roles.create({ name, permissions: [], parents: [], ...given }, {}, {}),
        ).rejects.toMatchObject({ code: 'conflict' });
      }
      await expect(store.roles.update(role.id, { name }, {}, {})).rejects.toMatchObject({
        code: 'conflict',
      });
    },
  );

  it('shares no name with a role that older code declared', async () => {
    await store.sql(`INSERT INTO auth.roles (id, name, origin) VALUES ($1, 'Retired', 'code')`, [
      newId(),
    ]);

    await expect(
      store.roles.create({ name: 'retired', permissions: [], parents: [] }, {}, {}),
    ).rejects.toMatchObject({ code: 'conflict' });
    const retired = await store.roleId('Retired');
    await expect(create({ parents: [retired] })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    expect(await store.roles.get(retired, {})).toMatchObject({ permissions: [], parents: [] });
  });

  it('has its name once among the roles of its tenant, and may share it with other tenants', async () => {
    const [here, there] = [await store.createTenant(), await store.createTenant()];
    const name = freshName();
    const make = (given: object) =>
      store.roles.create({ name, permissions: [], parents: [], ...given }, {}, {});
    const first = await make({ tenantId: here });

    await expect(make({ tenantId: here })).rejects.toMatchObject({ code: 'conflict' });
    await expect(make({ tenantId: here, name: name.toUpperCase() })).rejects.toMatchObject({
      code: 'conflict',
    });
    await make({ tenantId: there });
    await store.roles.update(first.id, { name: name.toUpperCase() }, {}, {});
  });

  it('is of code or of the database: roles of code change with the code only', async () => {
    const id = await store.roleId('clerk');

    expect(await store.roles.get(id, {})).toMatchObject({
      origin: 'code',
      permissions: ['invoices:create'],
      parents: [{ id: await store.roleId('viewer'), name: 'viewer' }],
    });
    await expect(store.roles.update(id, { name: 'x' }, {}, {})).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(store.roles.delete(id, {}, {})).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('the list of roles', () => {
  it('gives each role once, the newest first, and filters by name and origin', async () => {
    const prefix = `listed-${names}-`;
    const made = [];
    for (const part of ['a', 'b', 'C']) {
      made.unshift(
        (
          await store.roles.create(
            { name: `${prefix}${part}`, permissions: [], parents: [] },
            {},
            {},
          )
        ).id,
      );
    }

    const found = await walk((cursor) =>
      store.roles.list({ q: prefix.toUpperCase(), limit: 2, cursor }, {}),
    );
    expect(found.map(({ id }) => id)).toEqual(made);
    const code = await walk((cursor) => store.roles.list({ origin: 'code', limit: 2, cursor }, {}));
    expect(code.find(({ name }) => name === 'approver')).toMatchObject({
      permissions: ['invoices:approve', 'reports:*'],
      parents: [{ name: 'viewer' }],
    });
    expect(code.every(({ origin }) => origin === 'code')).toBe(true);
  });

  it('AD-3 AD-4 AD-5: is not widened by hostile limits, cursors, texts and tenants', async () => {
    const list = store.roles.list.bind(store.roles) as unknown as (
      query: object,
      scope: object,
    ) => Promise<{ items: unknown[] }>;
    for (const limit of NO_LIMITS) {
      await expect(list({ limit }, {})).rejects.toMatchObject({ code: 'validation_failed' });
    }
    for (const cursor of NO_CURSORS) {
      await expect(list({ cursor }, {})).rejects.toMatchObject({ code: 'validation_failed' });
    }
    for (const q of HOSTILE_TEXTS) expect(await list({ q }, {})).toMatchObject({ items: [] });
    expect(await list({ q: '%' }, {})).toMatchObject({ items: [] });
    for (const tenantId of NO_IDS)
      expect(await list({}, { tenantId })).toMatchObject({ items: [] });
    expect(await list({ origin: 'else' }, {})).toMatchObject({ items: [] });
  });
});
