import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import type { Change } from '../../src/change-feed/change';
import { ChangeFeed } from '../../src/change-feed/change-feed';
import type { Tx } from '../../src/database/database';
import { newId } from '../../src/database/identifiers';
import { SessionAdministrationRepository } from '../../src/sessions/session-administration.repository';
import { SessionAdministration } from '../../src/sessions/session-administration.service';
import { openAccounts, type AccountsDatabase } from '../accounts/accounts-database';
import { testOptions } from '../support/auth-options';
import { FakeClock } from '../support/fake-clock';
import { NO_CURSORS, NO_IDS, NO_LIMITS, plansOf, walk } from '../support/lists';

let auth: AccountsDatabase;
let feed: ChangeFeed;
let sessions: SessionAdministration;
let heard: Change[] = [];

beforeAll(async () => {
  auth = await openAccounts();
  feed = new ChangeFeed(auth.database, new FakeClock(), testOptions());
  feed.subscribe({ onChange: (change) => void heard.push(change) });
  const repository = new SessionAdministrationRepository(auth.database);
  sessions = new SessionAdministration(repository, auth.accounts, auth.unitOfWork, feed);
});

beforeEach(() => {
  heard = [];
});

afterAll(() => auth.close());

async function createAccount(): Promise<string> {
  const id = newId();
  await auth.database.query(
    `INSERT INTO auth.accounts (id, email, email_key) VALUES ($1::uuid, $1::text, $1::text)`,
    [id],
  );
  return id;
}

async function createTenant(): Promise<string> {
  const id = newId();
  await auth.database.query(
    `INSERT INTO auth.tenants (id, key, name) VALUES ($1::uuid, $1::text, $1::text)`,
    [id],
  );
  return id;
}

/** As a login does: only while the account is read-locked. */
async function open(accountId: string, tenantId?: string, tx?: Tx): Promise<string> {
  const id = newId();
  await auth.database.query(
    `WITH a AS (SELECT id, security_epoch FROM auth.accounts WHERE id = $2 FOR SHARE)
     INSERT INTO auth.sessions (id, account_id, tenant_id, transport, secret_digest, account_epoch,
       idle_expires_at, absolute_expires_at, amr, auth_time, user_agent, user_agent_digest, ip)
     SELECT $1, a.id, $3, 'body', $4, a.security_epoch, clock_timestamp() + interval '1 hour',
       clock_timestamp() + interval '1 day', '{pwd}', clock_timestamp(), 'Example/1.0', $4, '192.0.2.1'
     FROM a`,
    [id, accountId, tenantId ?? null, randomBytes(32)],
    tx,
  );
  return id;
}

async function live(...ids: string[]): Promise<string[]> {
  const rows = await auth.database.query<{ id: string }>(
    'SELECT id FROM auth.sessions WHERE id = ANY($1) AND revoked_at IS NULL ORDER BY id',
    [ids],
  );
  return rows.map(({ id }) => id);
}

function eventsOf(accountId: string) {
  return auth.database.query(
    `SELECT action, actor_id, session_id, tenant_id, ip, details FROM auth.audit_events
     WHERE account_id = $1 ORDER BY id`,
    [accountId],
  );
}

function changesOf(accountId: string, ids: string[]) {
  return auth.database.query(
    `SELECT kind, account_id, session_id, epoch FROM auth.changes
     WHERE account_id = $1 OR session_id = ANY($2) ORDER BY id`,
    [accountId, ids],
  );
}

async function untilSomebodyWaits(): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const waiting = await auth.database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (waiting.length > 0) return;
    await wait(10);
  }
  throw new Error('nobody waits for a lock');
}

describe('the list of the sessions of an account', () => {
  it('AD-4: walked in pages of any size shows each live one once and in order, while others open', async () => {
    const accountId = await createAccount();
    const ids: string[] = [];
    for (let count = 0; count < 25; count += 1) ids.unshift(await open(accountId));
    await open(await createAccount());
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 100 }), fc.boolean(), async (limit, isBusy) => {
        const before = [...ids];
        const seen = await walk(
          (cursor) => sessions.listOf(accountId, { limit, cursor }, {}),
          async () => isBusy && ids.unshift(await open(accountId)),
        );
        expect(seen.map(({ id }) => id)).toEqual(before);
      }),
      { numRuns: 10, examples: [[1, true]] },
    );
  });

  it('shows where a session is from and when it ends, and no digest', async () => {
    const [accountId, tenantId] = [await createAccount(), await createTenant()];
    const id = await open(accountId, tenantId);
    const { items } = await sessions.listOf(accountId, {}, {});
    expect(items).toEqual([
      {
        id,
        tenantId,
        transport: 'body',
        amr: ['pwd'],
        userAgent: 'Example/1.0',
        ip: '192.0.2.1',
        createdAt: expect.any(Date) as Date,
        lastSeenAt: expect.any(Date) as Date,
        expiresAt: expect.any(Date) as Date,
      },
    ]);
  });

  it('shows none that ended, timed out or grew too old', async () => {
    const accountId = await createAccount();
    for (const column of ['idle_expires_at', 'absolute_expires_at', 'revoked_at']) {
      await auth.database.query(
        `UPDATE auth.sessions SET ${column} = clock_timestamp() WHERE id = $1`,
        [await open(accountId)],
      );
    }
    expect(await sessions.listOf(accountId, {}, {})).toEqual({ items: [], nextCursor: null });
  });

  it('AD-4: refuses a limit or a cursor that is none', async () => {
    const accountId = await createAccount();
    for (const limit of NO_LIMITS as number[]) {
      const refused = sessions.listOf(accountId, { limit }, {});
      await expect(refused).rejects.toMatchObject({ code: 'validation_failed' });
    }
    for (const cursor of NO_CURSORS as string[]) {
      const refused = sessions.listOf(accountId, { cursor }, {});
      await expect(refused).rejects.toMatchObject({ code: 'validation_failed' });
    }
  });
});

describe('ending all sessions of an account', () => {
  it('ends them everywhere, tells every instance by the epoch, and is on record once', async () => {
    const [accountId, actorId, tenantId] = [await createAccount(), newId(), await createTenant()];
    const ids = [await open(accountId), await open(accountId, tenantId)];
    const others = await open(await createAccount());
    const by = { actorId, origin: { ip: '192.0.2.9' } };
    expect(await sessions.revokeAllOf(accountId, by, {})).toBe(2);
    expect(await live(...ids, others)).toEqual([others]);
    expect(heard).toEqual([{ kind: 'account_epoch', accountId, epoch: 2 }]);
    expect(await changesOf(accountId, ids)).toEqual([
      { kind: 'account_epoch', account_id: accountId, session_id: null, epoch: 2 },
    ]);
    expect(await eventsOf(accountId)).toEqual([
      {
        action: 'session_revoked',
        actor_id: actorId,
        session_id: null,
        tenant_id: null,
        ip: '192.0.2.9',
        details: { reason: 'administrator', scope: 'all', sessions: ids },
      },
    ]);
    expect(await auth.accounts.findById(accountId)).toMatchObject({ securityEpoch: 2 });
  });

  it('AD-1: within a tenant ends those of that tenant only, and leaves the epoch', async () => {
    const [accountId, tenantId] = [await createAccount(), await createTenant()];
    const mine = [await open(accountId, tenantId), await open(accountId, tenantId)];
    const others = [await open(accountId), await open(accountId, await createTenant())];
    expect(await sessions.revokeAllOf(accountId, {}, { tenantId })).toBe(2);
    expect(await live(...mine, ...others)).toEqual(others);
    expect(heard).toEqual(mine.map((sessionId) => ({ kind: 'session_revoked', sessionId })));
    expect(await changesOf(accountId, [...mine, ...others])).toHaveLength(2);
    expect(await eventsOf(accountId)).toMatchObject([
      { tenant_id: tenantId, details: { scope: 'tenant', sessions: mine } },
    ]);
    expect(await auth.accounts.findById(accountId)).toMatchObject({ securityEpoch: 1 });
  });

  it('AD-1: of another tenant, or of nobody, changes and records nothing', async () => {
    const accountId = await createAccount();
    const id = await open(accountId, await createTenant());
    expect(await sessions.revokeAllOf(accountId, {}, { tenantId: await createTenant() })).toBe(0);
    await expect(sessions.revokeAllOf(newId(), {}, {})).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await live(id)).toEqual([id]);
    expect(await eventsOf(accountId)).toEqual([]);
    expect(heard).toEqual([]);
  });

  it.each([true, false])(
    'a login under way does not outlive it (within a tenant: %s)',
    async (isScoped) => {
      const [accountId, tenantId] = [await createAccount(), await createTenant()];
      let ending: Promise<number> | undefined;
      const id = await auth.unitOfWork.run(async (login) => {
        const opened = await open(accountId, tenantId, login);
        ending = sessions.revokeAllOf(accountId, {}, isScoped ? { tenantId } : {});
        await untilSomebodyWaits();
        return opened;
      });
      expect(await ending).toBe(1);
      expect(await live(id)).toEqual([]);
    },
  );

  it('two at once end each session once', async () => {
    const accountId = await createAccount();
    for (let count = 0; count < 10; count += 1) await open(accountId);
    const ended = await Promise.all([1, 2, 3].map(() => sessions.revokeAllOf(accountId, {}, {})));
    expect(ended.sort()).toEqual([0, 0, 10]);
  });
});

describe('ending one session', () => {
  it('ends it at once, with the reason and who did it', async () => {
    const [accountId, actorId, tenantId] = [await createAccount(), newId(), await createTenant()];
    const [id, kept] = [await open(accountId, tenantId), await open(accountId, tenantId)];
    await sessions.revokeOne(accountId, id, { actorId }, { tenantId });
    expect(await live(id, kept)).toEqual([kept]);
    expect(heard).toEqual([{ kind: 'session_revoked', sessionId: id }]);
    expect(await changesOf(accountId, [id, kept])).toMatchObject([{ session_id: id }]);
    expect(await eventsOf(accountId)).toMatchObject([
      {
        action: 'session_revoked',
        actor_id: actorId,
        session_id: id,
        tenant_id: tenantId,
        details: { reason: 'administrator' },
      },
    ]);
    const again = sessions.revokeOne(accountId, id, { actorId }, { tenantId });
    await expect(again).rejects.toMatchObject({ code: 'not_found' });
    expect(await eventsOf(accountId)).toHaveLength(1);
  });

  it('AD-1, AD-5: neither another account, another tenant nor what is no id ends anything', async () => {
    const accountId = await createAccount();
    const id = await open(accountId, await createTenant());
    const attempts: [unknown, unknown, object][] = [
      [await createAccount(), id, {}],
      [accountId, newId(), {}],
      [accountId, id, { tenantId: await createTenant() }],
      [undefined, id, {}],
      [accountId, undefined, {}],
      ...NO_IDS.flatMap((bad): [unknown, unknown, object][] => [
        [bad, id, {}],
        [accountId, bad, {}],
        [accountId, id, { tenantId: bad }],
      ]),
    ];
    for (const [account, session, scope] of attempts) {
      const refused = sessions.revokeOne(account as string, session as string, {}, scope);
      await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    }
    const empty = { items: [], nextCursor: null };
    for (const bad of [...NO_IDS, undefined] as string[]) {
      expect(await sessions.listOf(bad, {}, {})).toEqual(empty);
      await expect(sessions.revokeAllOf(bad, {}, {})).rejects.toMatchObject({ code: 'not_found' });
    }
    for (const tenantId of NO_IDS as string[]) {
      expect(await sessions.listOf(accountId, {}, { tenantId })).toEqual(empty);
      const refused = sessions.revokeAllOf(accountId, {}, { tenantId });
      await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await live(id)).toEqual([id]);
    expect(heard).toEqual([]);
  });
});

it('an index serves the list and the end of sessions among many', async () => {
  const accountId = await createAccount();
  await auth.database.query(
    `INSERT INTO auth.accounts (id, email, email_key)
     SELECT id, id::text, id::text FROM
       (SELECT ('01800000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid AS id
        FROM generate_series(1, 2000) i) made`,
  );
  await auth.database.query(
    `INSERT INTO auth.sessions (id, account_id, transport, secret_digest, account_epoch,
       idle_expires_at, absolute_expires_at, amr, auth_time, user_agent_digest)
     SELECT gen_random_uuid(), a.id, 'body', '\\x00', 1, clock_timestamp() + interval '1 hour',
       clock_timestamp() + interval '1 day', '{pwd}', clock_timestamp(), '\\x00'
     FROM auth.accounts a, generate_series(1, 20)`,
  );
  await auth.database.query('ANALYZE auth.sessions');
  await auth.database.query('ANALYZE auth.accounts');
  const plans = await plansOf(auth.database, async () => {
    await sessions.listOf(accountId, { limit: 5 }, {});
    await sessions.listOf(accountId, { limit: 5, cursor: newId() }, { tenantId: newId() });
    await sessions.revokeAllOf(accountId, {}, { tenantId: newId() });
    await sessions.revokeOne(accountId, newId(), {}, {}).catch(() => undefined);
  });
  expect(plans).toHaveLength(5);
  for (const plan of plans) {
    expect(plan).toMatch(/Index Scan/);
    expect(plan).not.toMatch(/Seq Scan on (sessions|accounts)/);
  }
});
