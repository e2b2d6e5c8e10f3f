import fc from 'fast-check';
import { DataSource } from 'typeorm';
import type { AuditEvent, AuditQuery } from '../../src/audit/audit-event';
import { AuditRepository } from '../../src/audit/audit.repository';
import { AuditService } from '../../src/audit/audit.service';
import { Database } from '../../src/database/database';
import { newId } from '../../src/database/identifiers';
import { authEntities } from '../../src/entities';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { HOSTILE_TEXTS, NO_CURSORS, NO_IDS, NO_LIMITS, plansOf, walk } from '../support/lists';

let clone: TestDatabase;
let dataSource: DataSource;
let database: Database;
let audit: AuditService;

beforeAll(async () => {
  clone = await cloneDatabase();
  dataSource = await new DataSource({
    type: 'postgres',
    url: clone.url,
    entities: authEntities(),
    uuidExtension: 'pgcrypto',
    installExtensions: false,
  }).initialize();
  database = new Database(dataSource);
  audit = new AuditService(new AuditRepository(database));
});

afterEach(() => database.query('TRUNCATE auth.audit_events'));

afterAll(async () => {
  await dataSource.destroy();
  await clone.drop();
});

function record(event: Partial<AuditEvent> = {}): Promise<void> {
  return audit.record({ action: 'user_updated', outcome: 'success', ...event });
}

async function listed(query: AuditQuery = {}, scope = {}) {
  return walk((cursor) => audit.list({ ...query, cursor }, scope));
}

async function count(): Promise<unknown> {
  return database.query('SELECT count(*)::int AS count FROM auth.audit_events');
}

describe('the list of audit events', () => {
  it('shows an event as it was recorded, and records nothing of being read', async () => {
    const [actorId, accountId, sessionId, tenantId] = [newId(), newId(), newId(), newId()];
    const origin = { ip: '192.0.2.1', userAgent: 'Example/1.0', requestId: 'r-1' };
    const details = { markup: '<b>=cmd()</b>', many: ['a', 'b'], count: 7 };
    await record({ actorId, accountId, sessionId, tenantId, target: 'role:x', origin, details });
    expect(await audit.list({}, {})).toEqual({
      items: [
        {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
          occurredAt: expect.any(Date) as Date,
          action: 'user_updated',
          outcome: 'success',
          actorId,
          accountId,
          sessionId,
          tenantId,
          target: 'role:x',
          ...origin,
          details,
        },
      ],
      nextCursor: null,
    });
    expect(await count()).toEqual([{ count: 1 }]);
  });

  it('AD-4: walked in pages of any size shows each event once and in order, while others happen', async () => {
    for (let made = 0; made < 40; made += 1) await record();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 100 }), fc.boolean(), async (limit, isBusy) => {
        const rows = await database.query<{ id: string }>(
          'SELECT id FROM auth.audit_events ORDER BY id DESC',
        );
        const before = rows.map(({ id }) => id);
        const seen = await walk(
          (cursor) => audit.list({ limit, cursor }, {}),
          () => (isBusy ? record() : Promise.resolve()),
        );
        expect(seen.map(({ id }) => id)).toEqual(before);
      }),
      { numRuns: 12, examples: [[1, true]] },
    );
  });

  it('narrows by whatever is asked, as a filter of all events would', async () => {
    const ids = [newId(), newId(), undefined];
    const targets = ['role:a', 'role:a%', undefined];
    const actions = ['user_created', 'role_deleted'] as const;
    for (const actorId of ids) {
      for (const accountId of ids) {
        for (const [index, target] of targets.entries()) {
          await record({
            actorId,
            accountId,
            tenantId: ids[index],
            target,
            action: actions[index % 2],
          });
        }
      }
    }
    const all = await listed();
    const time = fc.constantFrom(undefined, ...all.map(({ occurredAt }) => occurredAt));
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          actor: fc.constantFrom(...ids),
          account: fc.constantFrom(...ids),
          target: fc.constantFrom(...targets),
          action: fc.constantFrom(undefined, ...actions),
          from: time,
          to: time,
          limit: fc.integer({ min: 1, max: 10 }),
        }),
        fc.constantFrom(...ids),
        async (query, tenantId) => {
          const { actor, account, target, action, from, to } = query;
          const expected = all.filter(
            (event) =>
              (tenantId === undefined || event.tenantId === tenantId) &&
              (actor === undefined || event.actorId === actor) &&
              (account === undefined || event.accountId === account) &&
              (target === undefined || event.target === target) &&
              (action === undefined || event.action === action) &&
              (from === undefined || event.occurredAt >= from) &&
              (to === undefined || event.occurredAt < to),
          );
          // The database counts microseconds, a Date milliseconds: both ends are rounded down alike.
          expect(await listed(query, { tenantId })).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('AD-4: refuses limits, cursors and times that are none', async () => {
    const refusals: [string, readonly unknown[]][] = [
      ['limit', NO_LIMITS],
      ['cursor', NO_CURSORS],
      ['from', ['2026-01-01', 0, null, new Date(NaN), new Date(-8.64e15), new Date(8.64e15)]],
      ['to', ["'", {}, new Date(-1), new Date(253_402_300_800_000)]],
    ];
    for (const [field, values] of refusals) {
      for (const value of values) {
        await expect(audit.list({ [field]: value }, {})).rejects.toMatchObject({
          code: 'validation_failed',
          errors: [{ field }],
        });
      }
    }
    const farthest = { from: new Date(0), to: new Date(253_402_300_799_999) };
    expect(await audit.list(farthest, {})).toEqual({ items: [], nextCursor: null });
  });

  it('AD-1, LO-7: a tenant sees its own events only, whatever else is asked', async () => {
    const [mine, theirs, accountId] = [newId(), newId(), newId()];
    await record({ tenantId: mine, accountId });
    await record({ tenantId: theirs, accountId, target: 'role:secret' });
    await record({ accountId });
    const scope = { tenantId: mine };
    expect(await listed({}, scope)).toMatchObject([{ tenantId: mine }]);
    expect(await listed({ account: accountId }, scope)).toHaveLength(1);
    expect(await listed({ target: 'role:secret' }, scope)).toEqual([]);
    expect(await listed({}, { tenantId: newId() })).toEqual([]);
    const [newest] = await listed();
    const cursor = newest!.id;
    expect((await audit.list({ cursor }, scope)).items).toMatchObject([{ tenantId: mine }]);
    expect(await listed({}, {})).toHaveLength(3);
  });

  it('AD-3, AD-5: what is no id, target or action matches nothing, and does no harm', async () => {
    await record({ actorId: newId(), accountId: newId(), tenantId: newId(), target: 'role:a' });
    for (const bad of NO_IDS as string[]) {
      expect(await listed({ actor: bad })).toEqual([]);
      expect(await listed({ account: bad })).toEqual([]);
      expect(await listed({}, { tenantId: bad })).toEqual([]);
    }
    for (const bad of HOSTILE_TEXTS) {
      expect(await listed({ target: bad as string })).toEqual([]);
      expect(await listed({ action: bad as 'authz_fail' })).toEqual([]);
    }
    expect(await count()).toEqual([{ count: 1 }]);
  });
});

/** All of a past month, and so in the default partition. */
describe('among many events', () => {
  const [actor, account, tenantId] = [newId(), newId(), newId()];

  beforeEach(async () => {
    await database.query(
      `INSERT INTO auth.audit_events
         (id, occurred_at, action, outcome, actor_id, account_id, tenant_id, target)
       SELECT (lpad(to_hex(1767225600000 + i::bigint * 60000), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid,
         timestamptz '2026-01-01Z' + i * interval '1 minute',
         CASE WHEN i % 1000 = 7 THEN 'crypto_key_created' ELSE 'session_renewed' END, 'success',
         CASE WHEN i % 1000 = 1 THEN $1 ELSE gen_random_uuid() END,
         CASE WHEN i % 1000 = 2 THEN $2 ELSE gen_random_uuid() END,
         CASE WHEN i % 1000 = 3 THEN $3 WHEN i % 3 = 0 THEN gen_random_uuid() END,
         CASE WHEN i % 1000 = 4 THEN 'role:few' WHEN i % 3 = 0 THEN 'role:' || i END
       FROM generate_series(1, 60000) i`,
      [actor, account, tenantId],
    );
    await database.query('VACUUM ANALYZE auth.audit_events');
  });

  it('an index serves every list', async () => {
    const from = new Date('2026-01-20');
    const lists: [string, AuditQuery, object][] = [
      ['audit_events_default_pkey', {}, {}],
      ['audit_events_default_actor_id', { actor }, {}],
      ['audit_events_default_account_id', { account }, {}],
      ['audit_events_default_tenant_id', {}, { tenantId }],
      ['audit_events_default_target', { target: 'role:few' }, {}],
      ['audit_events_default_action', { action: 'crypto_key_created' }, {}],
      ['audit_events_default_pkey', { from }, {}],
      ['audit_events_default_', { from, to: new Date('2026-01-21'), actor }, {}],
      ['audit_events_default_tenant_id', { from, action: 'session_renewed' }, { tenantId }],
      ['audit_events_default_pkey', { cursor: '01800000-0000-7000-8000-000000003a98' }, {}],
    ];
    const plans = await plansOf(database, async () => {
      for (const [, query, scope] of lists) await audit.list({ limit: 5, ...query }, scope);
    });
    expect(plans).toHaveLength(lists.length);
    for (const [at, [index]] of lists.entries()) {
      expect(plans[at]).toContain(index);
      expect(plans[at]).not.toContain('Seq Scan on audit_events_default');
    }
  });

  it('the events of a short time long ago are found without reading all since', async () => {
    const [from, to] = [new Date('2026-01-02T00:00Z'), new Date('2026-01-02T12:00Z')];
    const query = { from, to, limit: 100 };
    const [plan] = await plansOf(database, () => audit.list(query, {}));
    expect(plan).toMatch(
      /Index Scan Backward using audit_events_default_pkey[^\n]*\n\s*Index Cond[^\n]*id >=[^\n]*id </,
    );
    const found = await walk((cursor) => audit.list({ ...query, cursor }, {}));
    expect(found).toHaveLength(720);
    expect(found.at(-1)).toMatchObject({ occurredAt: from });
  });
});
