import type { NewAssignment } from '../../src/access/assignment';
import { newId } from '../../src/database/identifiers';
import { defineAccess } from '../../src/route-access/define-access';
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

async function footprint(accountId: string) {
  const [row] = await store.sql(
    `SELECT (SELECT authority_version FROM auth.accounts WHERE id = $1) AS version,
      (SELECT count(*)::int FROM auth.changes WHERE kind = 'authority' AND account_id = $1) AS changes,
      (SELECT count(*)::int FROM auth.audit_events WHERE account_id = $1) AS events,
      (SELECT count(*)::int FROM auth.assignments WHERE account_id = $1) AS assignments`,
    [accountId],
  );
  return row;
}

describe('assigning a role', () => {
  it('also raises the version, tells everybody and is on record', async () => {
    const [accountId, actorId] = [await store.createAccount(), await store.createAccount()];
    await store.assignments.assign({ accountId: actorId, role: 'viewer' });

    const assignment = await store.assignments.assign({
      accountId,
      role: 'viewer',
      actorId,
      reason: 'joined the team',
      origin: { ip: '192.0.2.1' },
    });

    expect(assignment).toMatchObject({
      accountId,
      role: 'viewer',
      tenantId: null,
      validUntil: null,
    });
    expect(await store.assignments.rolesOf(accountId)).toEqual([assignment]);
    expect(await footprint(accountId)).toEqual({
      version: 4,
      changes: 1,
      events: 1,
      assignments: 1,
    });
    expect(
      await store.sql(`SELECT * FROM auth.audit_events WHERE account_id = $1`, [accountId]),
    ).toEqual([
      expect.objectContaining({
        action: 'privilege_permissions_changed',
        outcome: 'success',
        actor_id: actorId,
        target: 'role:viewer',
        ip: '192.0.2.1',
        details: {
          change: 'assigned',
          reason: 'joined the team',
          roleId: await store.roleId('viewer'),
        },
      }),
    ]);
  });

  it('is undone with the same consequences', async () => {
    const accountId = await store.createAccount();
    await store.assignments.assign({ accountId, role: 'viewer' });

    await store.assignments.unassign({ accountId, role: 'viewer' });

    expect(await footprint(accountId)).toEqual({
      version: 7,
      changes: 2,
      events: 2,
      assignments: 0,
    });
  });

  it.each<[string, Partial<NewAssignment & { role: string }>, string]>([
    ['an unknown account', { accountId: newId() }, 'not_found'],
    ['no id of an account', { accountId: 'x' }, 'not_found'],
    ['an unknown role', { role: 'nobody' }, 'not_found'],
    ['a role that every object seems to have', { role: 'toString' }, 'not_found'],
    ['no id of a tenant', { tenantId: 'x' }, 'validation_failed'],
    ['a tenant that nobody registered', { tenantId: newId() }, 'not_found'],
    ['a time that is none', { validFrom: new Date(Number.NaN) }, 'validation_failed'],
    [
      'an end before the beginning',
      { validFrom: new Date(2), validUntil: new Date(1) },
      'validation_failed',
    ],
    [
      'an end at the beginning',
      { validFrom: new Date(2), validUntil: new Date(2) },
      'validation_failed',
    ],
    ['a boundless reason', { reason: 'x'.repeat(1001) }, 'validation_failed'],
  ])('refuses %s and leaves no trace', async (_, given, code) => {
    const accountId = await store.createAccount();

    await expect(
      store.assignments.assign({ accountId, role: 'viewer', ...given }),
    ).rejects.toMatchObject({ code });
    expect(await footprint(accountId)).toEqual({
      version: 1,
      changes: 0,
      events: 0,
      assignments: 0,
    });
  });

  it('has one winner among simultaneous attempts', async () => {
    const accountId = await store.createAccount();

    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => store.assignments.assign({ accountId, role: 'viewer' })),
    );

    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(7);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ code: 'conflict' });
    }
    expect(await footprint(accountId)).toEqual({
      version: 4,
      changes: 1,
      events: 1,
      assignments: 1,
    });
  });

  it('counts every one of simultaneous changes in the version', async () => {
    const accountId = await store.createAccount();
    const tenants = await Promise.all(Array.from({ length: 8 }, () => store.createTenant()));

    await Promise.all(
      tenants.map((tenantId) => store.assignments.assign({ accountId, role: 'viewer', tenantId })),
    );

    expect(await footprint(accountId)).toEqual({
      version: 25,
      changes: 8,
      events: 8,
      assignments: 8,
    });
  });

  it('replaces an assignment that has run out, and no other', async () => {
    const accountId = await store.createAccount();
    const validUntil = new Date(Date.now() + 3_600_000);
    const first = await store.assignments.assign({ accountId, role: 'viewer', validUntil });
    await expect(store.assignments.assign({ accountId, role: 'viewer' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await store.sql(
      `UPDATE auth.assignments SET valid_until = clock_timestamp() WHERE account_id = $1`,
      [accountId],
    );

    const second = await store.assignments.assign({ accountId, role: 'viewer' });

    expect(second.id).not.toBe(first.id);
    expect(await store.assignments.rolesOf(accountId)).toEqual([second]);
    expect((await store.authorities.of(accountId)).roles).toEqual(['viewer']);
  });

  it('takes away only what is meant', async () => {
    const [accountId, tenantId] = [await store.createAccount(), await store.createTenant()];
    await store.assignments.assign({ accountId, role: 'viewer' });
    await store.assignments.assign({ accountId, role: 'viewer', tenantId });

    await store.assignments.unassign({ accountId, role: 'viewer', tenantId });

    expect(await store.assignments.rolesOf(accountId)).toMatchObject([{ tenantId: null }]);
    for (const given of [
      { accountId, role: 'viewer', tenantId },
      { accountId, role: 'clerk' },
      { accountId: newId(), role: 'viewer' },
      { accountId: 'x', role: 'viewer' },
      { accountId, role: 'viewer', tenantId: 'x' },
    ]) {
      await expect(store.assignments.unassign(given)).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await store.assignments.rolesOf('x')).toEqual([]);
  });

  it('happens or does not happen with the transaction of the caller', async () => {
    const accountId = await store.createAccount();

    await expect(
      store.unitOfWork.run(async (tx) => {
        await store.assignments.assign({ accountId, role: 'viewer' }, tx);
        await store.assignments.assign({ accountId, role: 'clerk' }, tx);
        throw new Error('changed its mind');
      }),
    ).rejects.toThrow('changed its mind');

    expect(await footprint(accountId)).toEqual({
      version: 1,
      changes: 0,
      events: 0,
      assignments: 0,
    });
  });

  it('is seen by this instance at once', async () => {
    const accountId = await store.createAccount();
    expect((await store.authorities.of(accountId)).roles).toEqual([]);

    await store.assignments.assign({ accountId, role: 'viewer' });
    expect((await store.authorities.of(accountId)).roles).toEqual(['viewer']);
    await store.assignments.unassign({ accountId, role: 'viewer' });
    expect((await store.authorities.of(accountId)).roles).toEqual([]);
  });
});

describe('separation of duty', () => {
  it.each([
    ['clerk', 'approver'],
    ['approver', 'clerk'],
    ['approver', 'seniorClerk'],
    ['seniorClerk', 'approver'],
  ])('AZ-9: nobody who holds %s is assigned %s', async (held, role) => {
    const accountId = await store.createAccount();
    await store.assignments.assign({ accountId, role: held });

    await expect(store.assignments.assign({ accountId, role })).rejects.toMatchObject({
      code: 'separation_of_duty',
    });
    expect(await footprint(accountId)).toMatchObject({ version: 4, assignments: 1 });
  });

  it('AZ-9: one of two simultaneous assignments fails, whichever roles exclude each other', async () => {
    for (let round = 0; round < 10; round += 1) {
      const accountId = await store.createAccount();

      const results = await Promise.allSettled([
        store.assignments.assign({ accountId, role: 'seniorClerk' }),
        store.assignments.assign({ accountId, role: 'approver' }),
      ]);

      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await footprint(accountId)).toMatchObject({ assignments: 1 });
    }
  });

  it('sees what holds everywhere in each tenant, and lets two tenants differ', async () => {
    const accountId = await store.createAccount();
    const [here, there] = [await store.createTenant(), await store.createTenant()];
    await store.assignments.assign({ accountId, role: 'clerk', tenantId: here });

    for (const tenantId of [here, undefined]) {
      await expect(
        store.assignments.assign({ accountId, role: 'approver', tenantId }),
      ).rejects.toMatchObject({ code: 'separation_of_duty' });
    }
    await store.assignments.assign({ accountId, role: 'approver', tenantId: there });

    expect(await store.assignments.rolesOf(accountId)).toHaveLength(2);
  });

  it('looks at when the assignments hold', async () => {
    const accountId = await store.createAccount();
    const [noon, evening] = [new Date(Date.now() + 3_600_000), new Date(Date.now() + 7_200_000)];
    await store.assignments.assign({ accountId, role: 'clerk', validUntil: noon });

    await expect(
      store.assignments.assign({ accountId, role: 'approver', validUntil: evening }),
    ).rejects.toMatchObject({ code: 'separation_of_duty' });
    await store.assignments.assign({ accountId, role: 'approver', validFrom: noon });
  });

  it('forgets an assignment that was taken away or has run out', async () => {
    const accountId = await store.createAccount();
    await store.assignments.assign({ accountId, role: 'clerk' });
    await store.assignments.unassign({ accountId, role: 'clerk' });
    await store.assignments.assign({ accountId, role: 'approver' });
    await store.sql(
      `UPDATE auth.assignments SET valid_until = clock_timestamp() WHERE account_id = $1`,
      [accountId],
    );

    await store.assignments.assign({ accountId, role: 'clerk' });

    expect((await store.authorities.of(accountId)).roles).toEqual(['clerk']);
  });
});

describe('the catalogue in the database', () => {
  const version = async () => {
    const [row] = await store.sql<{ version: number }>(`SELECT version FROM auth.catalogue`);
    return row?.version;
  };
  const announcements = async () => {
    const [row] = await store.sql<{ count: number }>(
      `SELECT count(*)::int FROM auth.changes WHERE kind = 'authority' AND account_id IS NULL`,
    );
    return row?.count;
  };

  it('has each role once, however many instances boot at the same time', async () => {
    const fresh = await cloneDatabase();
    const instances = await Promise.all(Array.from({ length: 4 }, () => openAccess(fresh.url)));
    await Promise.all(instances.map(({ catalogue }) => catalogue.onModuleInit()));

    const [first] = instances;
    expect(
      await first?.sql(`SELECT name, origin, description FROM auth.roles ORDER BY name`),
    ).toEqual([
      { name: 'administrator', origin: 'code', description: null },
      { name: 'approver', origin: 'code', description: null },
      { name: 'clerk', origin: 'code', description: null },
      { name: 'seniorClerk', origin: 'code', description: null },
      { name: 'viewer', origin: 'code', description: 'Reads.' },
    ]);
    expect(await first?.sql(`SELECT version FROM auth.catalogue`)).toEqual([{ version: 1 }]);
    expect(await first?.sql(`SELECT kind, account_id FROM auth.changes`)).toHaveLength(1);
    for (const instance of instances) await instance.close();
    await fresh.drop();
  });

  it('keeps its version while nothing changes', async () => {
    const before = [await version(), await announcements()];

    await store.catalogue.onModuleInit();

    expect([await version(), await announcements()]).toEqual(before);
  });

  it('rises in version when it changed, and drops what every instance remembers', async () => {
    const accountId = await store.createAccount();
    await store.assignments.assign({ accountId, role: 'viewer' });
    await store.feed.onModuleInit();
    const before = await store.authorities.of(accountId);
    const counts = [await version(), await announcements()].map(Number);
    const changed = defineAccess({
      permissions: { invoices: ['read', 'create', 'approve'], reports: ['read'] },
      roles: { viewer: { grants: ['reports:read'] } },
    });

    const next = await openAccess(database.url, changed);
    await next.catalogue.onModuleInit();
    await store.feed.catchUp();

    expect([await version(), await announcements()]).toEqual(counts.map((count) => count + 1));
    const after = await store.authorities.of(accountId);
    expect(after.version).toBe(before.version + 1);
    expect((await next.authorities.of(accountId)).permissions).toEqual(['reports:read']);
    await next.close();
  });

  it('does not take over a role of the database that has the same name', async () => {
    await store.sql(
      `INSERT INTO auth.roles (id, name, origin) VALUES ($1, 'auditor', 'database')`,
      [newId()],
    );
    const before = await version();
    const clash = await openAccess(
      database.url,
      defineAccess({ permissions: {}, roles: { auditor: { grants: ['auth.*'] } } }),
    );

    await expect(clash.catalogue.onModuleInit()).rejects.toThrow('access.roles.auditor');
    expect(await version()).toBe(before);
    await clash.close();
  });
});
