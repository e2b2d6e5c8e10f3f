import { Logger } from '@nestjs/common';
import { newId } from '../../src/database/identifiers';
import type { AccessChange } from '../../src/explanation/explanation';
import { defineAccess } from '../../src/route-access/define-access';
import type { Permission } from '../../src/route-access/register';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { NO_IDS } from '../support/lists';
import {
  activationOf,
  openExplanation,
  permission,
  type ExplanationStore,
} from './explanation-store';

let database: TestDatabase;
let store: ExplanationStore;

const access = defineAccess({
  permissions: { invoices: ['read', 'create', 'approve'], reports: ['read'] },
  roles: {
    viewer: { grants: ['invoices:read'] },
    clerk: { inherits: ['viewer'], grants: ['invoices:create'] },
    seniorClerk: { inherits: ['clerk'] },
    approver: { inherits: ['viewer'], grants: ['invoices:approve', 'reports:*'] },
    auditor: { grants: ['reports:read'] },
    keeper: { grants: ['reports:read'] },
  },
  separate: [['clerk', 'approver']],
  separateInSession: [['auditor', 'keeper']],
});

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await cloneDatabase();
  store = await openExplanation(database.url, access);
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

async function suggested(accountId: string, name: Permission, tenantId?: string) {
  const { wouldAllow } = await store.access.explain(accountId, name, { tenantId });
  return wouldAllow.map(({ changes, addedPermissions }) => ({
    changes: changes.map((change) =>
      'role' in change ? [change.change, change.role] : change.change,
    ),
    addedPermissions,
  }));
}

/** Makes each suggestion by itself until the first one allows. */
async function follow(
  accountId: string,
  name: Permission,
  kind: AccessChange['change'],
  tenantId?: string,
) {
  const { wouldAllow } = await store.access.explain(accountId, name, { tenantId });
  const chosen = wouldAllow.find(({ changes }) => changes.some(({ change }) => change === kind));
  for (const change of chosen?.changes ?? []) await store.apply(accountId, change);
  const activation = activationOf(chosen?.changes ?? []);
  return store.access.check(accountId, name, { tenantId, activation });
}

describe('explain', () => {
  it('reads the database once and names the whole way, what decided first', async () => {
    const tenantId = await store.createTenant();
    const team = await store.createRole({
      name: 'team',
      parents: [await store.roleId('approver')],
    });
    const lead = await store.createRole({ name: 'lead', tenantId, parents: [team] });
    const accountId = await store.createAccount();
    const validUntil = new Date(Date.UTC(2100, 0, 1));
    const { id } = await store.assignments.assign({
      accountId,
      roleId: lead,
      tenantId,
      validUntil,
    });
    const other = await store.createTenant();
    const elsewhere = await store.assignments.assign({
      accountId,
      role: 'approver',
      tenantId: other,
    });
    store.statements();

    const explained = await store.access.explain(accountId, 'reports:read', { tenantId });

    expect(store.statements()).toHaveLength(1);
    expect(explained).toEqual({
      allowed: true,
      code: 'allowed',
      decisionId: expect.any(String) as string,
      version: (await store.authorities.of(accountId, tenantId)).version,
      paths: [
        {
          assignment: { id, tenantId, validFrom: null, validUntil },
          roles: ['lead', 'team', 'approver'],
          grant: 'reports:*',
          effective: true,
        },
        {
          assignment: { id: elsewhere.id, tenantId: other, validFrom: null, validUntil: null },
          roles: ['approver'],
          grant: 'reports:*',
          effective: false,
          why: 'other_tenant',
        },
      ],
      wouldAllow: [],
    });
  });

  it('takes the shortest of several ways', async () => {
    const direct = await store.createRole({
      name: 'direct',
      permissions: ['reports:read', '*'],
      parents: [await store.roleId('approver')],
    });
    const accountId = await store.createAccount();
    await store.assignments.assign({ accountId, roleId: direct });

    const { paths } = await store.access.explain(accountId, 'reports:read');

    expect(paths).toMatchObject([{ roles: ['direct'], grant: 'reports:read' }]);
  });

  it('names the missing grant, and granting it flips the decision', async () => {
    const tenantId = await store.createTenant();
    const accountId = await accountWith('viewer', tenantId);

    const suggestions = await suggested(accountId, 'invoices:create', tenantId);
    expect(suggestions.slice(0, 2)).toEqual([
      { changes: [['assign_role', 'clerk']], addedPermissions: 0 },
      { changes: [['assign_role', 'seniorClerk']], addedPermissions: 0 },
    ]);
    const denied = await store.access.explain(accountId, 'invoices:create', { tenantId });
    expect(denied).toMatchObject({ allowed: false, code: 'permission_missing', paths: [] });
    const [smallest] = denied.wouldAllow;
    expect(smallest?.changes).toEqual([
      { change: 'assign_role', roleId: await store.roleId('clerk'), role: 'clerk', tenantId },
    ]);
    await store.assignments.assign({ accountId, role: 'clerk', tenantId });

    expect(await store.access.explain(accountId, 'invoices:create', { tenantId })).toMatchObject({
      allowed: true,
      paths: [{ roles: ['clerk'], grant: 'invoices:create', effective: true }],
    });
    expect(await store.access.check(accountId, 'invoices:create', { tenantId })).toMatchObject({
      allowed: true,
    });
  });

  it('AZ-9: suggests no role that separation of duty refuses, nor one that a session keeps apart', async () => {
    const clerk = await accountWith('seniorClerk');
    expect(JSON.stringify(await suggested(clerk, 'invoices:approve'))).not.toContain('approver');

    const former = await store.createAccount();
    const validUntil = new Date(Date.UTC(2001, 0, 1));
    await store.assignments.assign({ accountId: former, role: 'clerk', validUntil });
    expect(JSON.stringify(await suggested(former, 'invoices:approve'))).toContain('approver');

    const [tenantId, other] = [await store.createTenant(), await store.createTenant()];
    const elsewhere = await accountWith('clerk', other);
    const { wouldAllow } = await store.access.explain(elsewhere, 'invoices:approve', { tenantId });
    const places = wouldAllow.flatMap(({ changes }) =>
      changes.flatMap((change) =>
        change.change === 'assign_role' && change.role === 'approver' ? [change.tenantId] : [],
      ),
    );
    expect(places).toEqual([tenantId]);

    const auditor = await store.createAccount();
    await store.assignments.assign({ accountId: auditor, role: 'auditor' });
    await store.assignments.assign({ accountId: auditor, role: 'keeper' });
    const explained = await store.access.explain(auditor, 'reports:read');
    expect(explained).toMatchObject({ allowed: false, code: 'permission_missing' });
    expect(explained.paths.map(({ why }) => why)).toEqual([
      'kept_apart_in_session',
      'kept_apart_in_session',
    ]);
    expect(explained.wouldAllow.slice(0, 2).map(({ changes }) => changes[0].change)).toEqual([
      'activate_role',
      'activate_role',
    ]);
    expect(await follow(auditor, 'reports:read', 'activate_role')).toMatchObject({ allowed: true });
    const one = await accountWith('auditor');
    const { items } = await store.access.whoCan('reports:read');
    const listed = items.map(({ id }) => id);
    expect(listed).toContain(one);
    expect(listed).not.toContain(auditor);
  });

  it('suggests to begin what begins later and to extend what has run out', async () => {
    const [early, late] = [await store.createAccount(), await store.createAccount()];
    const tomorrow = new Date(Date.UTC(2100, 0, 1));
    const past = new Date(Date.UTC(2001, 0, 1));
    await store.assignments.assign({ accountId: early, role: 'approver', validFrom: tomorrow });
    await store.assignments.assign({ accountId: late, role: 'approver', validUntil: past });

    const notYet = await store.access.explain(early, 'invoices:approve');
    expect(notYet.paths).toMatchObject([{ effective: false, why: 'not_yet_valid' }]);
    expect(await follow(early, 'invoices:approve', 'begin_assignment')).toMatchObject({
      allowed: true,
    });
    const expired = await store.access.explain(late, 'invoices:approve');
    expect(expired.paths).toMatchObject([{ effective: false, why: 'expired' }]);
    expect(await follow(late, 'invoices:approve', 'extend_assignment')).toMatchObject({
      allowed: true,
    });
  });

  it('suggests to use account and tenant again, and says when that alone is not enough', async () => {
    const tenantId = await store.createTenant();
    const accountId = await accountWith('viewer', tenantId);
    await store.tenants.update(tenantId, { status: 'disabled' });
    expect(
      (await store.access.explain(accountId, 'invoices:read', { tenantId })).paths,
    ).toMatchObject([{ effective: false, why: 'tenant_disabled' }]);
    await store.sql(`UPDATE auth.accounts SET status = 'disabled' WHERE id = $1`, [accountId]);

    const explained = await store.access.explain(accountId, 'invoices:read', { tenantId });
    expect(explained).toMatchObject({
      code: 'tenant_unknown',
      paths: [{ effective: false, why: 'account_disabled' }],
      wouldAllow: [
        {
          changes: [{ change: 'enable_account' }, { change: 'enable_tenant', tenantId }],
          addedPermissions: 0,
        },
      ],
    });
    const [more] = await suggested(accountId, 'invoices:create', tenantId);
    expect(more).toEqual({
      changes: ['enable_account', 'enable_tenant', ['assign_role', 'clerk']],
      addedPermissions: 1,
    });
    expect(await follow(accountId, 'invoices:read', 'enable_tenant', tenantId)).toMatchObject({
      allowed: true,
    });
  });

  it('suggests to grant the permission to a role of the database that is held', async () => {
    const role = await store.createRole({ name: 'mine', permissions: ['invoices:read'] });
    const accountId = await store.createAccount();
    await store.assignments.assign({ accountId, roleId: role });

    expect(await suggested(accountId, 'invoices:approve')).toContainEqual({
      changes: [['grant_permission', 'mine']],
      addedPermissions: 0,
    });
    expect(await follow(accountId, 'invoices:approve', 'grant_permission')).toMatchObject({
      allowed: true,
    });
  });

  it('suggests at most ten, the smallest of them', async () => {
    for (let index = 0; index < 12; index += 1) {
      await store.createRole({
        name: `big${index}`,
        permissions: ['auth.keys:read', 'auth.audit:read'],
      });
    }
    await store.createRole({ name: 'small', permissions: ['auth.keys:read'] });
    const suggestions = await suggested(await store.createAccount(), 'auth.keys:read');

    expect(suggestions).toHaveLength(10);
    expect(suggestions[0]).toEqual({ changes: [['assign_role', 'small']], addedPermissions: 0 });
    await store.sql(`DELETE FROM auth.roles WHERE name LIKE 'big%' OR name = 'small'`);
  });

  it('explains what is unknown without a look further', async () => {
    const accountId = await accountWith('viewer');
    const nothing = { allowed: false, paths: [], wouldAllow: [] };

    expect(await store.access.explain(newId(), 'invoices:read')).toMatchObject({
      ...nothing,
      code: 'account_unknown',
    });
    expect(
      await store.access.explain(accountId, 'invoices:read', { tenantId: newId() }),
    ).toMatchObject({ ...nothing, code: 'tenant_unknown' });
    expect(await store.access.explain(accountId, permission('invoices:*'))).toMatchObject({
      ...nothing,
      code: 'permission_unknown',
    });
  });

  describe('within a tenant', () => {
    it('AD-1: shows and suggests nothing of other tenants, and nothing beyond its own', async () => {
      const [tenantId, other] = [await store.createTenant(), await store.createTenant()];
      const foreign = await store.createRole({
        name: 'foreign',
        tenantId: other,
        permissions: ['*'],
      });
      const own = await store.createRole({ name: 'own', tenantId, permissions: ['reports:read'] });
      const shared = await store.createRole({ name: 'shared', permissions: ['invoices:read'] });
      const accountId = await store.createAccount();
      await store.assignments.assign({ accountId, roleId: foreign, tenantId: other });
      await store.assignments.assign({ accountId, roleId: own, tenantId });
      await store.assignments.assign({ accountId, roleId: shared });

      const explained = await store.access.explain(accountId, 'invoices:approve', {
        within: { tenantId },
      });

      const shown = JSON.stringify(explained);
      expect(shown).not.toContain(other);
      expect(shown).not.toContain(foreign);
      expect(explained.wouldAllow.length).toBeGreaterThan(1);
      for (const { changes } of explained.wouldAllow) {
        expect(changes[0]).toMatchObject(
          changes[0].change === 'grant_permission' ? { roleId: own } : { tenantId },
        );
      }
      const everything = await store.access.explain(accountId, 'invoices:approve', { tenantId });
      expect(everything.paths).toMatchObject([{ roles: ['foreign'], why: 'other_tenant' }]);
    });

    it('AD-1: finds neither accounts nor tenants beyond it', async () => {
      const [tenantId, other] = [await store.createTenant(), await store.createTenant()];
      const [member, stranger] = [
        await accountWith('viewer', tenantId),
        await accountWith('viewer', other),
      ];
      const within = { tenantId };
      const refused = { code: 'not_found' };
      const ask = (id: string, options: object) =>
        store.access.explain(id, 'invoices:read', options);

      await expect(ask(member, { within })).resolves.toMatchObject({ allowed: true });
      await expect(ask(member, { within, tenantId: `t-${tenantId}` })).resolves.toMatchObject({
        allowed: true,
      });
      for (const id of [stranger, newId(), 'x']) {
        await expect(ask(id, { within })).rejects.toMatchObject(refused);
      }
      for (const elsewhere of [other, newId(), `t-${other}`, 'nowhere']) {
        await expect(ask(member, { within, tenantId: elsewhere })).rejects.toMatchObject(refused);
      }
      for (const no of NO_IDS) {
        await expect(ask(member, { within: { tenantId: no } })).rejects.toMatchObject(refused);
      }
    });
  });
});
