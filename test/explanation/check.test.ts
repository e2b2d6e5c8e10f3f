import { Logger } from '@nestjs/common';
import { eq, inTenant, or, ownedBy } from '../../src/conditions/builders';
import { newId } from '../../src/database/identifiers';
import type { CheckOptions } from '../../src/explanation/explanation';
import type { Permission } from '../../src/route-access/register';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { NO_IDS } from '../support/lists';
import { openExplanation, permission, type ExplanationStore } from './explanation-store';

let database: TestDatabase;
let store: ExplanationStore;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await cloneDatabase();
  store = await openExplanation(database.url);
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

interface Invoice {
  readonly createdBy: string;
  readonly tenantId: string | null;
  readonly status: string;
}

async function accountWith(role?: string, tenantId?: string): Promise<string> {
  const accountId = await store.createAccount();
  if (role !== undefined) await store.assignments.assign({ accountId, role, tenantId });
  return accountId;
}

async function codeOf<Row extends object>(
  accountId: string,
  name: Permission,
  options?: CheckOptions<Row>,
): Promise<string> {
  const { allowed, code, decisionId } = await store.access.check(accountId, name, options);
  expect(allowed).toBe(code === 'allowed');
  expect(decisionId).toMatch(/^[0-9a-f-]{36}$/);
  return code;
}

describe('check', () => {
  it('costs no statement once the account is known, whatever the answer', async () => {
    const tenantId = await store.createTenant();
    const [clerk, nobody] = [await accountWith('clerk', tenantId), await accountWith()];
    const disabled = await accountWith('clerk');
    await store.sql(`UPDATE auth.accounts SET status = 'disabled' WHERE id = $1`, [disabled]);
    const ask = async () => [
      await codeOf(clerk, 'invoices:create', { tenantId }),
      await codeOf(clerk, 'invoices:approve', { tenantId }),
      await codeOf(clerk, 'invoices:create', { tenantId: `t-${tenantId}` }),
      await codeOf(nobody, 'invoices:read'),
      await codeOf(disabled, 'invoices:read'),
      await codeOf(clerk, 'invoices:create', { tenantId: 'nowhere' }),
    ];
    const first = await ask();
    store.statements();

    expect(await ask()).toEqual(first);

    expect(first).toEqual([
      'allowed',
      'permission_missing',
      'allowed',
      'permission_missing',
      'account_disabled',
      'tenant_unknown',
    ]);
    expect(store.statements()).toEqual([]);
  });

  it('says that an account is in use again as soon as its change is heard', async () => {
    const accountId = await accountWith();
    const set = async (status: string) => {
      await store.sql(`UPDATE auth.accounts SET status = $2 WHERE id = $1`, [accountId, status]);
      store.feed.deliver({ kind: 'account_epoch', accountId, epoch: 2 });
    };

    await set('disabled');
    expect(await codeOf(accountId, 'invoices:read')).toBe('account_disabled');
    await set('active');
    expect(await codeOf(accountId, 'invoices:read')).toBe('permission_missing');
  });

  it('knows an account that was created after it was asked about', async () => {
    const id = newId();
    expect(await codeOf(id, 'invoices:read')).toBe('account_unknown');
    expect(await codeOf(id, 'invoices:read')).toBe('account_unknown');

    await store.sql(`INSERT INTO auth.accounts (id, email, email_key) VALUES ($1::uuid, $2, $2)`, [
      id,
      `${id}@example.org`,
    ]);

    expect(await codeOf(id, 'invoices:read')).toBe('permission_missing');
  });

  it('keeps what holds in one tenant out of the others, and denies in a disabled one', async () => {
    const [tenantId, other] = [await store.createTenant(), await store.createTenant()];
    const accountId = await accountWith('clerk', tenantId);

    expect(await codeOf(accountId, 'invoices:create', { tenantId })).toBe('allowed');
    expect(await codeOf(accountId, 'invoices:create', { tenantId: other })).toBe(
      'permission_missing',
    );
    expect(await codeOf(accountId, 'invoices:create')).toBe('permission_missing');

    await store.tenants.update(tenantId, { status: 'disabled' });
    expect(await codeOf(accountId, 'invoices:create', { tenantId })).toBe('tenant_unknown');
  });

  it('AZ-11: only exact names of permissions are permissions, even for who may everything', async () => {
    const everything = await store.createRole({ name: 'everything', permissions: ['*'] });
    const accountId = await store.createAccount();
    await store.assignments.assign({ accountId, roleId: everything });
    expect(await codeOf(accountId, 'invoices:read')).toBe('allowed');

    for (const name of [
      'invoices:Read',
      'invoices:rea',
      'invoices:readAll',
      'invoices:read ',
      'invoicеs:read',
      'invoices:*',
      'invoices*',
      '*',
      '*:*',
      'auth.*',
      '',
      'constructor',
      '__proto__',
      undefined,
      null,
      7,
      ['invoices:read'],
      { toString: () => 'invoices:read' },
    ]) {
      expect(await codeOf(accountId, permission(name))).toBe('permission_unknown');
      expect((await store.access.explain(accountId, permission(name))).code).toBe(
        'permission_unknown',
      );
    }
  });

  it('AD-5: denies what is no id, and a tenant that is none widens nothing', async () => {
    const accountId = await accountWith('clerk');
    for (const id of NO_IDS as string[]) {
      expect(await codeOf(id, 'invoices:read')).toBe('account_unknown');
      expect((await store.access.explain(id, 'invoices:read')).code).toBe('account_unknown');
      const asked = { tenantId: id };
      expect(await codeOf(accountId, 'invoices:read', asked)).toBe('tenant_unknown');
      expect((await store.access.explain(accountId, 'invoices:read', asked)).code).toBe(
        'tenant_unknown',
      );
    }
  });

  it('asks the condition of the resource for the account and the tenant that were checked', async () => {
    const tenantId = await store.createTenant();
    const accountId = await accountWith('clerk', tenantId);
    const condition = or(ownedBy<Invoice>('createdBy'), inTenant<Invoice>('tenantId'));
    const reach = (row: Partial<Invoice>) =>
      codeOf(accountId, 'invoices:create', {
        tenantId: `t-${tenantId}`,
        resource: { row: { createdBy: newId(), tenantId: null, status: 'new', ...row }, condition },
      });

    expect(await reach({ createdBy: accountId })).toBe('allowed');
    expect(await reach({ tenantId })).toBe('allowed');
    expect(await reach({ tenantId: newId() })).toBe('condition_unmet');
    expect(await reach({})).toBe('condition_unmet');
    expect(
      await codeOf(accountId, 'invoices:approve', {
        tenantId,
        resource: {
          row: { status: 'new' },
          condition: eq<Pick<Invoice, 'status'>>('status', 'new'),
        },
      }),
    ).toBe('permission_missing');
  });

  it('counts only the roles that a session has active', async () => {
    const accountId = await accountWith('clerk');
    const viewer = await store.roleId('viewer');
    await store.assignments.assign({ accountId, role: 'viewer' });
    const activation = { version: 1, roleIds: [viewer] };

    expect(await codeOf(accountId, 'invoices:read', { activation })).toBe('allowed');
    expect(await codeOf(accountId, 'invoices:create', { activation })).toBe('permission_missing');
    expect(await codeOf(accountId, 'invoices:create')).toBe('allowed');
  });

  it('refuses to decide from memory that may be out of date', async () => {
    const accountId = await accountWith('clerk');
    await store.access.check(accountId, 'invoices:read');
    const fresh = jest.spyOn(store.feed, 'isFresh').mockReturnValue(false);

    await expect(store.access.check(accountId, 'invoices:read')).rejects.toMatchObject({
      code: 'authority_stale',
    });
    fresh.mockRestore();
  });
});
