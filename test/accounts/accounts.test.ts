import type { ActedBy, NewAccount } from '../../src/accounts/account';
import { AccountEntity } from '../../src/accounts/accounts.entity';
import { parseEmailAddress } from '../../src/accounts/email-address';
import { newId } from '../../src/database/identifiers';
import { openAccounts, type AccountsDatabase } from './accounts-database';

let auth: AccountsDatabase;
let next = 0;

beforeAll(async () => {
  auth = await openAccounts();
});

afterAll(() => auth.close());

function account(overrides: Partial<NewAccount> = {}): NewAccount {
  next += 1;
  return {
    email: parseEmailAddress(`person${next}@x.test`),
    passwordHash: '{test}one',
    emailVerified: true,
    ...overrides,
  };
}

function auditOf(accountId: string): Promise<{ action: string; actor_id: string; ip: string }[]> {
  return auth.database.query(
    'SELECT action, actor_id, ip FROM auth.audit_events WHERE account_id = $1 ORDER BY id',
    [accountId],
  );
}

function setStatus(accountId: string, status: 'active' | 'disabled', by: ActedBy = {}) {
  return auth.unitOfWork.run((tx) => auth.accounts.setStatus({ accountId, status, ...by }, tx));
}

it('LG-11: a fresh migration leaves no account behind', async () => {
  const fresh = await openAccounts();
  try {
    expect(await fresh.database.query('SELECT 1 FROM auth.accounts')).toEqual([]);
  } finally {
    await fresh.close();
  }
});

it('the entity maps every column of the table, and none that is missing', async () => {
  const rows = await auth.database.query<{ column_name: string }>(
    `SELECT column_name FROM information_schema.columns
      WHERE table_schema = 'auth' AND table_name = 'accounts'`,
  );
  const mapped = auth.dataSource.getMetadata(AccountEntity).columns.map((one) => one.databaseName);
  expect(mapped.sort()).toEqual(rows.map((row) => row.column_name).sort());
});

describe('create', () => {
  it('stores the account and its audit event together', async () => {
    const actorId = newId();
    const { id } = await auth.accounts.create(
      account({
        email: parseEmailAddress('Alice@X.test'),
        displayName: 'Alice',
        actorId,
        origin: { ip: '192.0.2.1' },
      }),
    );
    expect(await auth.accounts.findById(id)).toEqual({
      id,
      email: 'Alice@x.test',
      emailVerifiedAt: expect.any(Date),
      displayName: 'Alice',
      status: 'active',
      securityEpoch: 1,
      createdAt: expect.any(Date),
    });
    expect(await auditOf(id)).toEqual([
      { action: 'user_created', actor_id: actorId, ip: '192.0.2.1' },
    ]);
  });

  it('leaves an unverified address unverified', async () => {
    const { id } = await auth.accounts.create(account({ emailVerified: false }));
    expect((await auth.accounts.findById(id))?.emailVerifiedAt).toBeUndefined();
  });

  it('RC-14: answers conflict for another spelling of a taken address and records nothing', async () => {
    await auth.accounts.create(account({ email: parseEmailAddress('mike@x.test') }));
    const [before] = await auth.database.query<{ count: string }>(
      'SELECT count(*) FROM auth.audit_events',
    );
    await expect(
      auth.accounts.create(account({ email: parseEmailAddress(' MIKE@X.test.') })),
    ).rejects.toMatchObject({ code: 'conflict' });
    const [after] = await auth.database.query<{ count: string }>(
      'SELECT count(*) FROM auth.audit_events',
    );
    expect(after).toEqual(before);
  });

  it('LG-7: of 20 parallel creations of one address in different spellings, exactly one wins', async () => {
    const spellings = ['race@x.test', 'Race@x.test', 'RACE@X.TEST', ' race@x.test', 'race@x.test.'];
    const attempts = Array.from({ length: 20 }, (_, index) =>
      auth.accounts.create(account({ email: parseEmailAddress(spellings[index % 5]!) })),
    );
    const outcomes = await Promise.allSettled(attempts);
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(won).toHaveLength(1);
    for (const { reason } of lost) expect(reason).toMatchObject({ code: 'conflict' });
    const winner = await auth.accounts.findByEmailKey('race@x.test');
    expect(winner?.id).toBe(won[0]!.value.id);
    expect(await auditOf(winner!.id)).toHaveLength(1);
  });

  it('happens not at all when its transaction is rolled back', async () => {
    const failure = new Error('afterwards');
    const made = account();
    await expect(
      auth.unitOfWork.run(async (tx) => {
        const { id } = await auth.accounts.create(made, tx);
        expect(await auth.accounts.findById(id, tx)).toBeDefined();
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await auth.accounts.findByEmailKey(made.email.key)).toBeUndefined();
  });
});

describe('find', () => {
  it('finds by key only, never by the address as it is stored', async () => {
    const { id } = await auth.accounts.create(
      account({ email: parseEmailAddress('Carol@x.test') }),
    );
    expect((await auth.accounts.findByEmailKey('carol@x.test'))?.id).toBe(id);
    expect(await auth.accounts.findByEmailKey('Carol@x.test')).toBeUndefined();
    expect(await auth.accounts.findById(newId())).toBeUndefined();
  });

  it('keeps the password hash out of what the rest of the code sees', async () => {
    const { id } = await auth.accounts.create(account({ passwordHash: '{test}secret' }));
    expect(JSON.stringify(await auth.accounts.findById(id))).not.toContain('secret');
    expect(await auth.accounts.findCredential(id)).toEqual({
      accountId: id,
      passwordHash: '{test}secret',
      status: 'active',
      securityEpoch: 1,
    });
  });
});

describe('passwords', () => {
  it('PW-10: an upgraded hash replaces only the one that was verified, and ends no session', async () => {
    const { id } = await auth.accounts.create(account({ passwordHash: '{test}old' }));
    const upgrade = { accountId: id, expectedHash: '{test}old', newHash: '{test}new' };
    const outcomes = await Promise.all([
      auth.accounts.replacePasswordHash(upgrade),
      auth.accounts.replacePasswordHash(upgrade),
    ]);
    expect(outcomes.sort()).toEqual([false, true]);
    const credential = await auth.accounts.findCredential(id);
    expect(credential).toMatchObject({ passwordHash: '{test}new', securityEpoch: 1 });
  });

  it('a late upgrade cannot bring a changed password back', async () => {
    const { id } = await auth.accounts.create(account({ passwordHash: '{test}old' }));
    const change = { accountId: id, expectedHash: '{test}old', newHash: '{test}changed' };
    expect(await auth.unitOfWork.run((tx) => auth.accounts.changePassword(change, tx))).toEqual({
      epoch: 2,
    });
    const late = { accountId: id, expectedHash: '{test}old', newHash: '{test}old, upgraded' };
    expect(await auth.accounts.replacePasswordHash(late)).toBe(false);
    expect((await auth.accounts.findCredential(id))?.passwordHash).toBe('{test}changed');
  });

  it('of 10 parallel changes exactly one wins and the epoch rises once', async () => {
    const { id } = await auth.accounts.create(account({ passwordHash: '{test}old' }));
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        auth.unitOfWork.run((tx) =>
          auth.accounts.changePassword(
            { accountId: id, expectedHash: '{test}old', newHash: `{test}${index}` },
            tx,
          ),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome !== undefined)).toEqual([{ epoch: 2 }]);
    expect((await auth.accounts.findCredential(id))?.securityEpoch).toBe(2);
  });

  it('an account without a password can be given one, and a disabled account cannot', async () => {
    const { id } = await auth.accounts.create(account({ passwordHash: undefined }));
    const change = { accountId: id, expectedHash: null, newHash: '{test}first' };
    await setStatus(id, 'disabled');
    expect(
      await auth.unitOfWork.run((tx) => auth.accounts.changePassword(change, tx)),
    ).toBeUndefined();
    await setStatus(id, 'active');
    expect(await auth.unitOfWork.run((tx) => auth.accounts.changePassword(change, tx))).toEqual({
      epoch: 4,
    });
  });

  it('names each stored scheme once', async () => {
    await auth.accounts.create(account({ passwordHash: '{hmac;pepper=7}$2b$10$x' }));
    await auth.accounts.create(account({ passwordHash: '{hmac;pepper=7}$2b$10$y' }));
    await auth.accounts.create(account({ passwordHash: undefined }));
    const schemes = await auth.accounts.passwordSchemes();
    expect([...schemes].sort()).toEqual(['{hmac;pepper=7}', '{test}']);
  });
});

it('logout everywhere raises the epoch of an account that exists', async () => {
  const { id } = await auth.accounts.create(account());
  const raise = (accountId: string) =>
    auth.unitOfWork.run((tx) => auth.accounts.raiseEpoch(accountId, tx));
  expect(await Promise.all([raise(id), raise(id)])).toEqual(expect.arrayContaining([2, 3]));
  await expect(raise(newId())).rejects.toMatchObject({ code: 'not_found' });
});

describe('setStatus', () => {
  it('raises the epoch and records the event in the same statement', async () => {
    const { id } = await auth.accounts.create(account());
    const actorId = newId();
    expect(await setStatus(id, 'disabled', { actorId })).toEqual({ epoch: 2 });
    expect(await setStatus(id, 'active', { actorId })).toEqual({ epoch: 3 });
    expect((await auditOf(id)).map((event) => [event.action, event.actor_id])).toEqual([
      ['user_created', null],
      ['user_disabled', actorId],
      ['user_enabled', actorId],
    ]);
  });

  it('says undefined and records nothing where nothing changed', async () => {
    const { id } = await auth.accounts.create(account());
    expect(await setStatus(id, 'active')).toBeUndefined();
    expect(await setStatus(newId(), 'disabled')).toBeUndefined();
    expect(await auditOf(id)).toHaveLength(1);
  });

  it('does not wait for a login that holds the account for a moment only to read it', async () => {
    const { id } = await auth.accounts.create(account());
    await auth.unitOfWork.run(async (reader) => {
      await auth.database.query(
        'SELECT 1 FROM auth.accounts WHERE id = $1 FOR KEY SHARE',
        [id],
        reader,
      );
      expect(await setStatus(id, 'disabled')).toEqual({ epoch: 2 });
    });
  });
});
