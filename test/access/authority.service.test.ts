import { cloneDatabase, type TestDatabase } from '../support/database';
import { newId } from '../../src/database/identifiers';
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

async function accountWith(...roles: string[]): Promise<string> {
  const accountId = await store.createAccount();
  for (const role of roles) await store.assignments.assign({ accountId, role });
  return accountId;
}

describe('AuthorityService', () => {
  it('reads a cold authority in one statement, and a warm one in none and without a promise', async () => {
    const accountId = await accountWith('clerk');
    store.statements();

    const cold = store.authorities.of(accountId);
    expect(cold).toBeInstanceOf(Promise);
    const authority = await cold;
    expect(store.statements()).toHaveLength(1);

    const warm = store.authorities.of(accountId);
    expect(warm).toBe(authority);
    expect(store.statements()).toHaveLength(0);
  });

  it('asks once for any number of simultaneous readers', async () => {
    const accountId = await accountWith('clerk');
    store.statements();

    await Promise.all(Array.from({ length: 50 }, async () => store.authorities.of(accountId)));

    expect(store.statements()).toHaveLength(1);
  });

  it('knows roles, inherited roles and permissions', async () => {
    const authority = await store.authorities.of(await accountWith('clerk'));

    expect(authority.roles).toEqual(['clerk']);
    expect(authority.permissions).toEqual(['invoices:read', 'invoices:create']);
    expect(authority.hasRole('viewer')).toBe(true);
    expect(authority.hasRole('approver')).toBe(false);
    expect(authority.has('invoices:read')).toBe(true);
    expect(authority.has('invoices:approve')).toBe(false);
  });

  it('keeps what holds in one tenant out of the others', async () => {
    const accountId = await accountWith('viewer');
    const [here, there] = [await store.createTenant(), await store.createTenant()];
    await store.assignments.assign({ accountId, role: 'clerk', tenantId: here });

    expect((await store.authorities.of(accountId, here)).roles).toEqual(['clerk', 'viewer']);
    expect((await store.authorities.of(accountId, there)).roles).toEqual(['viewer']);
    expect((await store.authorities.of(accountId)).roles).toEqual(['viewer']);
  });

  it('gives a disabled account nothing, as soon as its epoch rises', async () => {
    const accountId = await accountWith('viewer');
    expect((await store.authorities.of(accountId)).roles).toEqual(['viewer']);
    await store.sql(`UPDATE auth.accounts SET status = 'disabled' WHERE id = $1`, [accountId]);

    store.feed.deliver({ kind: 'account_epoch', accountId, epoch: 2 });

    const authority = await store.authorities.of(accountId);
    expect(authority.roles).toEqual([]);
    expect(authority.permissions).toEqual([]);
  });

  it.each(['unknown', newId(), "' OR true --"])(
    'gives the account %j nothing',
    async (accountId) => {
      const authority = await store.authorities.of(accountId);

      expect([authority.roles, authority.permissions, authority.version]).toEqual([[], [], 0]);
    },
  );

  it('gives roles that the catalogue does not declare nothing', async () => {
    const accountId = await accountWith('viewer');
    await store.sql(
      `WITH r AS (INSERT INTO auth.roles (id, name, origin) VALUES ($2, $3, 'code') RETURNING id)
        INSERT INTO auth.assignments (id, account_id, role_id) SELECT $2, $1, id FROM r`,
      [accountId, newId(), `gone-${accountId}`],
    );

    expect((await store.authorities.of(accountId)).roles).toEqual(['viewer']);
  });

  it('rises in version with each change', async () => {
    const accountId = await accountWith();
    const versions = [(await store.authorities.of(accountId)).version];
    await store.assignments.assign({ accountId, role: 'viewer' });
    versions.push((await store.authorities.of(accountId)).version);
    await store.assignments.unassign({ accountId, role: 'viewer' });
    versions.push((await store.authorities.of(accountId)).version);

    expect(versions).toEqual([...new Set(versions)].sort((one, two) => one - two));
  });
});

describe('validity', () => {
  it('ends an assignment at its boundary without any change being heard', async () => {
    const accountId = await accountWith();
    const validUntil = new Date(Date.now() + 3_600_000);
    await store.assignments.assign({ accountId, role: 'viewer', validUntil });
    const authority = await store.authorities.of(accountId);
    expect(authority.roles).toEqual(['viewer']);
    expect(authority.staleAt).toBe(validUntil.getTime());
    await store.sql(
      `UPDATE auth.assignments SET valid_until = clock_timestamp() WHERE account_id = $1`,
      [accountId],
    );

    store.clock.advanceSeconds(3500);
    expect(store.authorities.of(accountId)).toBe(authority);
    store.clock.advanceSeconds(101);
    expect((await store.authorities.of(accountId)).roles).toEqual([]);
  });

  it('begins an assignment at its boundary', async () => {
    const accountId = await accountWith();
    const validFrom = new Date(Date.now() + 60_000);
    await store.assignments.assign({ accountId, role: 'viewer', validFrom });
    const before = await store.authorities.of(accountId);
    expect([before.roles, before.staleAt]).toEqual([[], validFrom.getTime()]);
    await store.sql(
      `UPDATE auth.assignments SET valid_from = clock_timestamp() WHERE account_id = $1`,
      [accountId],
    );

    store.clock.advanceSeconds(61);
    const after = await store.authorities.of(accountId);
    expect([after.roles, after.staleAt]).toEqual([['viewer'], undefined]);
  });

  it('looks again at the nearest of several boundaries', async () => {
    const accountId = await accountWith();
    const [soon, later] = [new Date(Date.now() + 60_000), new Date(Date.now() + 120_000)];
    await store.assignments.assign({ accountId, role: 'viewer', validUntil: later });
    await store.assignments.assign({
      accountId,
      role: 'clerk',
      validFrom: soon,
      validUntil: later,
    });

    expect((await store.authorities.of(accountId)).staleAt).toBe(soon.getTime());
  });
});

describe('a fill that a change overtakes', () => {
  it.each<[string, (accountId: string) => void]>([
    ['of the account', (accountId) => store.feed.deliver({ kind: 'authority', accountId })],
    ['of everybody', () => store.feed.deliver({ kind: 'authority' })],
    ['lost with the connection', () => store.authorities.onReconnect()],
  ])('keeps nothing it read before a change %s', async (_, hear) => {
    const accountId = await accountWith('clerk');
    const release = store.repository.hold();
    const read = store.repository.nextRead();
    const overtaken = store.authorities.of(accountId);
    await read;

    await store.sql(`DELETE FROM auth.assignments WHERE account_id = $1`, [accountId]);
    hear(accountId);
    release();

    expect((await overtaken).roles).toEqual([]);
    expect((await store.authorities.of(accountId)).roles).toEqual([]);
  });

  it('neither makes later readers wait for its answer nor overwrites theirs', async () => {
    const accountId = await accountWith('clerk');
    const release = store.repository.hold();
    const read = store.repository.nextRead();
    const overtaken = store.authorities.of(accountId);
    await read;
    await store.sql(`DELETE FROM auth.assignments WHERE account_id = $1`, [accountId]);
    store.feed.deliver({ kind: 'authority', accountId });

    const later = await store.authorities.of(accountId);
    expect(later.roles).toEqual([]);
    release();

    expect(await overtaken).toBe(later);
    expect(store.authorities.of(accountId)).toBe(later);
  });

  it('leaves the authority of other accounts in memory', async () => {
    const [one, other] = [await accountWith('clerk'), await accountWith('viewer')];
    const kept = await store.authorities.of(other);

    await store.authorities.of(one);
    store.feed.deliver({ kind: 'authority', accountId: one });
    store.feed.deliver({ kind: 'session_revoked', sessionId: newId() });

    expect(store.authorities.of(other)).toBe(kept);
    expect(store.authorities.of(one)).toBeInstanceOf(Promise);
  });

  it('denies with authority_stale rather than answer while changes never stop', async () => {
    const accountId = await accountWith('clerk');
    const find = jest.spyOn(store.repository, 'find').mockImplementation(() => {
      store.feed.deliver({ kind: 'authority', accountId });
      return Promise.resolve().then(() => {
        store.feed.deliver({ kind: 'authority', accountId });
        return undefined;
      });
    });

    await expect(store.authorities.of(accountId)).rejects.toMatchObject({
      code: 'authority_stale',
    });
    find.mockRestore();
    expect((await store.authorities.of(accountId)).roles).toEqual(['clerk']);
  });

  it('AZ-14: passes a failure on, keeps none of it and asks again the next time', async () => {
    const accountId = await accountWith('clerk');
    const find = jest
      .spyOn(store.repository, 'find')
      .mockRejectedValueOnce(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));

    await expect(store.authorities.of(accountId)).rejects.toThrow('refused');
    expect((await store.authorities.of(accountId)).roles).toEqual(['clerk']);
    find.mockRestore();
  });
});

describe('several instances', () => {
  it('AZ-7: hear of each other’s changes by the feed', async () => {
    const other = await openAccess(database.url);
    await other.feed.onModuleInit();
    const accountId = await accountWith('clerk');
    expect((await other.authorities.of(accountId)).has('invoices:create')).toBe(true);

    await store.assignments.unassign({ accountId, role: 'clerk' });
    await other.feed.catchUp();

    expect((await other.authorities.of(accountId)).has('invoices:create')).toBe(false);
    await other.close();
  });
});
