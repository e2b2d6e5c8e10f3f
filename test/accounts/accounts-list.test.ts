import fc from 'fast-check';
import type { AccountsQuery } from '../../src/accounts/account';
import { emailKeyPrefix, parseEmailAddress } from '../../src/accounts/email-address';
import { newId } from '../../src/database/identifiers';
import { HOSTILE_TEXTS, NO_CURSORS, NO_IDS, NO_LIMITS, plansOf, walk } from '../support/lists';
import { openAccounts, type AccountsDatabase } from './accounts-database';

let auth: AccountsDatabase;
let next = 0;

beforeAll(async () => {
  auth = await openAccounts();
});

afterAll(() => auth.close());

async function createAccount(email?: string): Promise<string> {
  next += 1;
  const address = parseEmailAddress(email ?? `listed${next}@x.test`);
  return (await auth.accounts.create({ email: address, emailVerified: true })).id;
}

async function createTenant(): Promise<string> {
  const id = newId();
  await auth.database.query(`INSERT INTO auth.tenants (id, key, name) VALUES ($1, $2, $2)`, [
    id,
    `tenant ${id}`,
  ]);
  return id;
}

async function enrol(accountId: string, tenantId: string): Promise<void> {
  await auth.database.query(
    `WITH role AS (INSERT INTO auth.roles (id, name, origin) VALUES ($1, $2, 'database') RETURNING id)
     INSERT INTO auth.assignments (id, account_id, role_id, tenant_id)
     SELECT $1, $3, id, $4 FROM role`,
    [newId(), `role ${newId()}`, accountId, tenantId],
  );
}

async function idsOf(query: AccountsQuery, scope = {}): Promise<string[]> {
  const found = await walk((cursor) => auth.accounts.list({ ...query, cursor }, scope));
  return found.map(({ id }) => id);
}

async function stored(): Promise<string[]> {
  const rows = await auth.database.query<{ id: string }>(
    'SELECT id FROM auth.accounts ORDER BY id DESC',
  );
  return rows.map(({ id }) => id);
}

/** As JavaScript sees it, without a pattern and without a database. */
async function beginningWith(q: unknown): Promise<string[]> {
  const rows = await auth.database.query<{ id: string; email_key: string }>(
    'SELECT id, email_key FROM auth.accounts ORDER BY id DESC',
  );
  return rows
    .filter(({ email_key }) => typeof q === 'string' && email_key.startsWith(q))
    .map(({ id }) => id);
}

describe('a list of accounts', () => {
  it('AD-4: walked in pages of any size shows each account once and in order, while others are made', async () => {
    for (let count = 0; count < 30; count += 1) await createAccount();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 100 }), fc.boolean(), async (limit, isBusy) => {
        const before = await stored();
        const seen = await walk(
          async (cursor) => {
            const page = await auth.accounts.list({ limit, cursor }, {});
            expect(page.items.length).toBeLessThanOrEqual(limit);
            return page;
          },
          () => (isBusy ? createAccount() : Promise.resolve()),
        );
        const ids = seen.map(({ id }) => id);
        expect(ids).toEqual([...new Set(ids)].sort().reverse());
        expect(ids.filter((id) => before.includes(id))).toEqual(before);
      }),
      { numRuns: 12, examples: [[1, false]] },
    );
  });

  it('shows what an account is, and no hash', async () => {
    const { id } = await auth.accounts.create({
      email: parseEmailAddress('Shown@x.test'),
      displayName: 'Shown',
      passwordHash: '{test}secret',
      emailVerified: false,
    });
    const { items } = await auth.accounts.list({ q: 'shown@' }, {});
    expect(items).toEqual([await auth.accounts.findById(id)]);
    expect(JSON.stringify(items)).not.toContain('secret');
  });

  it('AD-4: refuses a limit or a cursor that is none', async () => {
    for (const limit of NO_LIMITS) {
      const refused = auth.accounts.list({ limit: limit as number }, {});
      await expect(refused).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ field: 'limit' }],
      });
    }
    for (const cursor of NO_CURSORS) {
      const refused = auth.accounts.list({ cursor: cursor as string }, {});
      await expect(refused).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ field: 'cursor' }],
      });
    }
  });

  it('AD-3: a cursor of another list is a place in this one, and carries no filter', async () => {
    const tenantId = await createTenant();
    const [mine, theirs] = [await createAccount(), await createAccount()];
    await enrol(mine, tenantId);
    expect(await auth.accounts.list({ cursor: newId() }, { tenantId })).toEqual({
      items: [await auth.accounts.findById(mine)],
      nextCursor: null,
    });
    expect((await auth.accounts.list({ cursor: theirs }, { tenantId })).items).toHaveLength(1);
    expect((await auth.accounts.list({ cursor: mine }, { tenantId })).items).toHaveLength(0);
  });

  it('finds by status', async () => {
    const id = await createAccount();
    await auth.unitOfWork.run((tx) =>
      auth.accounts.setStatus({ accountId: id, status: 'disabled' }, tx),
    );
    expect(await idsOf({ status: 'disabled' })).toEqual([id]);
    expect(await idsOf({ status: 'active' })).not.toContain(id);
    for (const status of ['', 'ACTIVE', 'deleted', '\0', null, {}]) {
      expect(await idsOf({ status: status as 'active' })).toEqual([]);
    }
  });
});

describe('a search by address', () => {
  it('AD-3: finds exactly the addresses that begin so, whatever LIKE would make of the text', async () => {
    const letter = fc.constantFrom('%', '_', 'a', 'B', "'", '-');
    const local = fc.array(letter, { minLength: 1, maxLength: 4 }).map((all) => all.join(''));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(local, { maxLength: 8 }), local, async (locals, q) => {
        await auth.database.query('DELETE FROM auth.accounts');
        const keys = new Map<string, string>();
        for (const name of locals) {
          const { key } = parseEmailAddress(`${name}@x.test`);
          if (![...keys.values()].includes(key)) {
            keys.set(await createAccount(`${name}@x.test`), key);
          }
        }
        const matching = [...keys].filter(([, key]) => key.startsWith(q.toLowerCase()));
        expect((await idsOf({ q, limit: 2 })).sort()).toEqual(matching.map(([id]) => id).sort());
      }),
      {
        numRuns: 25,
        examples: [
          [['%a', 'ba', '_a'], '%'],
          [['_a', 'ba', '%a'], '_'],
        ],
      },
    );
  });

  it('RC-14: finds an address by whatever spelling of it was typed', async () => {
    const id = await createAccount('Jörg@Bücher.test');
    for (const q of [
      'jör',
      'JÖR',
      ' Jo\u0308rg@',
      'jörg@bücher.test',
      'JÖRG@xn--bcher-kva.test.',
    ]) {
      expect(await idsOf({ q })).toEqual([id]);
    }
    expect(await idsOf({ q: 'jorg' })).toEqual([]);
  });

  it('AD-3, AD-6: answers texts that are no beginning of an address with an empty page', async () => {
    const everybody = await idsOf({});
    expect(everybody).not.toHaveLength(0);
    for (const q of HOSTILE_TEXTS) {
      // Other tests here make addresses of any text.
      expect(await idsOf({ q: q as string })).toEqual(await beginningWith(q));
    }
    expect(await stored()).toEqual(everybody);
    // An empty text is the beginning of every address.
    expect(await idsOf({ q: '' })).toEqual(everybody);
    expect(emailKeyPrefix('  ')).toBe('');
  });
});

describe('within a tenant', () => {
  let tenantId: string;
  let mine: string;
  let theirs: string;

  beforeAll(async () => {
    tenantId = await createTenant();
    [mine, theirs] = [await createAccount(), await createAccount()];
    await enrol(mine, tenantId);
    await enrol(mine, tenantId);
    await enrol(theirs, await createTenant());
  });

  it('AD-1: lists and shows the accounts of that tenant only, each once', async () => {
    expect(await idsOf({ limit: 1 }, { tenantId })).toEqual([mine]);
    expect(await idsOf({ q: 'listed' }, { tenantId })).toEqual([mine]);
    expect(await auth.accounts.get(mine, { tenantId })).toMatchObject({ id: mine });
    expect(await auth.accounts.get(theirs, {})).toMatchObject({ id: theirs });
    for (const scope of [{ tenantId }, { tenantId: newId() }]) {
      const refused = auth.accounts.get(theirs, scope);
      await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('AD-1: changes no account of another tenant, and leaves no record of it', async () => {
    const events = 'SELECT count(*)::int AS count FROM auth.audit_events';
    const before = await auth.database.query(events);
    const refused = auth.accounts.update(theirs, { displayName: 'Mallory' }, {}, { tenantId });
    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    expect(await auth.accounts.findById(theirs)).not.toHaveProperty('displayName', 'Mallory');
    expect(await auth.database.query(events)).toEqual(before);
  });

  it('AD-5: a tenant or an id that is none finds nobody', async () => {
    const changes = { displayName: 'Anybody' };
    for (const bad of NO_IDS as string[]) {
      expect(await idsOf({}, { tenantId: bad })).toEqual([]);
      for (const [id, scope] of [
        [mine, { tenantId: bad }],
        [bad, {}],
      ] as const) {
        await expect(auth.accounts.get(id, scope)).rejects.toMatchObject({ code: 'not_found' });
        const refused = auth.accounts.update(id, changes, {}, scope);
        await expect(refused).rejects.toMatchObject({ code: 'not_found' });
      }
    }
    const missing = undefined as unknown as string;
    await expect(auth.accounts.get(missing, {})).rejects.toMatchObject({ code: 'not_found' });
    const refused = auth.accounts.update(missing, changes, {}, {});
    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    expect(
      await auth.database.query(`SELECT id FROM auth.accounts WHERE display_name = 'Anybody'`),
    ).toEqual([]);
  });
});

describe('a change of the shown name', () => {
  it('is on record with who made it, and where, but without the name', async () => {
    const [id, actorId, tenantId] = [await createAccount(), newId(), await createTenant()];
    await enrol(id, tenantId);
    const by = { actorId, origin: { ip: '192.0.2.7' } };
    const changed = await auth.accounts.update(id, { displayName: ' Ada ' }, by, { tenantId });
    expect(changed).toEqual(await auth.accounts.findById(id));
    expect(changed).toMatchObject({ displayName: 'Ada', securityEpoch: 1 });
    const cleared = await auth.accounts.update(id, { displayName: null }, by, {});
    expect(cleared.displayName).toBeUndefined();
    expect(
      await auth.database.query(
        `SELECT actor_id, tenant_id, ip, details FROM auth.audit_events
         WHERE account_id = $1 AND action = 'user_updated' ORDER BY id`,
        [id],
      ),
    ).toEqual([
      {
        actor_id: actorId,
        tenant_id: tenantId,
        ip: '192.0.2.7',
        details: { members: ['displayName'] },
      },
      {
        actor_id: actorId,
        tenant_id: null,
        ip: '192.0.2.7',
        details: { members: ['displayName'] },
      },
    ]);
  });

  it('keeps the rule of names, and without a change only reads', async () => {
    const id = await createAccount();
    for (const displayName of ['', ' ', 'a\u202eb', 'x'.repeat(101), 7, {}]) {
      const refused = auth.accounts.update(id, { displayName: displayName as string }, {}, {});
      await expect(refused).rejects.toMatchObject({ code: 'validation_failed' });
    }
    expect(await auth.accounts.update(id, {}, {}, {})).toMatchObject({ id });
    expect(
      await auth.database.query(
        `SELECT 1 FROM auth.audit_events WHERE account_id = $1 AND action = 'user_updated'`,
        [id],
      ),
    ).toEqual([]);
  });
});

describe('among many accounts', () => {
  let tenantId: string;

  beforeAll(async () => {
    tenantId = await createTenant();
    await auth.database.query(
      `INSERT INTO auth.accounts (id, email, email_key, status)
       SELECT ('01800000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, key, key,
         CASE WHEN i % 5000 = 7 THEN 'disabled' ELSE 'active' END
       FROM generate_series(1, 30000) i, LATERAL (SELECT md5(i::text) || '@many.test' AS key) k`,
    );
    await auth.database.query(
      `WITH role AS (INSERT INTO auth.roles (id, name, origin) VALUES ($1, 'many', 'database') RETURNING id)
       INSERT INTO auth.assignments (id, account_id, role_id, tenant_id)
       SELECT gen_random_uuid(), a.id, role.id, CASE WHEN right(a.id::text, 2) = '00' THEN $2::uuid END
       FROM auth.accounts a, role`,
      [newId(), tenantId],
    );
    await auth.database.query('ANALYZE auth.accounts');
    await auth.database.query('ANALYZE auth.assignments');
  });

  it.each([
    ['any account', {}, false, 'accounts_pkey'],
    ['a beginning of an address', { q: 'c4ca' }, false, 'accounts_email_key_prefix'],
    ['what is disabled', { status: 'disabled' }, false, 'accounts_disabled'],
    ['what is active', { status: 'active' }, false, 'accounts_pkey'],
    ['a tenant', {}, true, 'assignments_tenant_id'],
    ['a beginning within a tenant', { q: 'c4ca' }, true, 'accounts_email_key_prefix'],
  ] as const)('an index serves the list of %s', async (_what, query, isScoped, index) => {
    const scope = isScoped ? { tenantId } : {};
    const plans = await plansOf(auth.database, () =>
      auth.accounts.list({ ...query, limit: 10 }, scope),
    );
    expect(plans).toHaveLength(1);
    expect(plans[0]).toContain(index);
    expect(plans[0]).not.toContain('Seq Scan');
  });

  it('an index serves a page in the middle, and one account of a tenant', async () => {
    const cursor = '01800000-0000-7000-8000-000000003a98';
    const [middle, one] = await plansOf(auth.database, async () => {
      await auth.accounts.list({ cursor }, {});
      await auth.accounts.get(cursor, { tenantId }).catch(() => undefined);
    });
    expect(middle).toMatch(/Index Scan Backward using accounts_pkey.*\n\s*Index Cond/);
    expect(one).not.toContain('Seq Scan');
  });
});
