import { Logger } from '@nestjs/common';
import type { Change } from '../../src/change-feed/change';
import { newId } from '../../src/database/identifiers';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { HOSTILE_TEXTS } from '../support/lists';
import { execute } from '../support/test-server';
import { bootTokenStore, outcomeOf, subject, type TokenStore } from '../tokens/token-store';

const KEYS = 'auth.signing_keys';

let database: TestDatabase;
let stores: TokenStore[] = [];

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await cloneDatabase();
});

afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  stores = [];
  await execute(database.url, `TRUNCATE ${KEYS}, auth.changes, auth.audit_events`);
});

afterAll(() => database.drop());

async function booted(): Promise<TokenStore> {
  const store = await bootTokenStore(database.url);
  stores.push(store);
  await settled(store);
  return store;
}

/** Waits until what was committed by now has had its effect. */
async function settled({ changes, ring }: TokenStore): Promise<void> {
  await changes.catchUp();
  await ring.reload();
}

async function statuses(): Promise<Record<string, string>> {
  const rows = await execute(database.url, `SELECT kid, status FROM ${KEYS}`);
  return Object.fromEntries(rows.map(({ kid, status }) => [kid, status]));
}

function events(): Promise<readonly Record<string, unknown>[]> {
  return execute(
    database.url,
    `SELECT action, actor_id, target, ip, details FROM auth.audit_events
     WHERE actor_id IS NOT NULL ORDER BY id`,
  );
}

async function changes(): Promise<number> {
  const rows = await execute(database.url, `SELECT 1 FROM auth.changes WHERE kind = 'keys'`);
  return rows.length;
}

describe('rotating', () => {
  it('signs with a new key at once; tokens of the old one stay good, here and elsewhere', async () => {
    const [here, there] = [await booted(), await booted()];
    const old = here.ring.signingKey().kid;
    const before = here.tokens.mint(subject()).token;
    const heard: Change[] = [];
    here.changes.subscribe({ onChange: (change) => void heard.push(change) });

    const made = await here.service.rotate({});

    expect(heard).toContainEqual({ kind: 'keys' });
    expect(made).toMatchObject({ status: 'current', algorithm: 'ES256', retiredAt: null });
    for (const one of [here, there]) {
      await settled(one);
      expect(one.ring.signingKey().kid).toBe(made.kid);
      expect(await outcomeOf(one.tokens, before)).toMatchObject({ keyId: old });
      expect(await outcomeOf(one.tokens, here.tokens.mint(subject()).token)).toMatchObject({
        keyId: made.kid,
      });
    }
    expect(await statuses()).toEqual({ [old]: 'retired', [made.kid]: 'current' });
  });

  it('is on record with who did it, and one change goes out with it', async () => {
    const { service, ring } = await booted();
    const old = ring.signingKey().kid;
    const [actorId, before] = [newId(), await changes()];
    const { kid } = await service.rotate({ actorId, origin: { ip: '192.0.2.4' } });
    const by = { actor_id: actorId, ip: '192.0.2.4' };
    expect(await events()).toEqual([
      { ...by, action: 'crypto_key_retired', target: `key:${old}`, details: {} },
      {
        ...by,
        action: 'crypto_key_created',
        target: `key:${kid}`,
        details: { algorithm: 'ES256' },
      },
    ]);
    expect(await changes()).toBe(before + 1);
  });

  it('many at once happen one after the other, and one key is current', async () => {
    const [here, there] = [await booted(), await booted()];
    const made = await Promise.all(
      [here, there, here, there, here].map(({ service }) => service.rotate({})),
    );
    expect(new Set(made.map(({ kid }) => kid)).size).toBe(5);
    const found = Object.values(await statuses());
    expect(found.filter((status) => status === 'current')).toHaveLength(1);
    expect(found.filter((status) => status === 'retired')).toHaveLength(5);
  });

  it('leaves the current key when the new one cannot be stored', async () => {
    const { service, dataSource } = await booted();
    const before = await statuses();
    await dataSource.query(
      `ALTER TABLE ${KEYS} ADD CONSTRAINT full_now CHECK (status <> 'current') NOT VALID`,
    );
    await expect(service.rotate({ actorId: newId() })).rejects.toThrow('full_now');
    await dataSource.query(`ALTER TABLE ${KEYS} DROP CONSTRAINT full_now`);
    expect(await statuses()).toEqual(before);
    expect(await events()).toEqual([]);
  });
});

describe('revoking', () => {
  it('JW-13: refuses on every instance a token that was verified and remembered before', async () => {
    const [here, there] = [await booted(), await booted()];
    const revoked = here.ring.signingKey().kid;
    const { token } = here.tokens.mint(subject());
    await here.service.rotate({});
    for (const one of [here, there]) {
      await settled(one);
      await one.tokens.verify(token);
      expect(one.cache.get(token)).toBeDefined();
    }

    await here.service.revoke(revoked, {});

    expect(here.cache.get(token)).toBeUndefined();
    for (const one of [here, there]) {
      await settled(one);
      expect(one.cache.get(token)).toBeUndefined();
      expect(await outcomeOf(one.tokens, token)).toBe('refused');
      expect(one.ring.publicKeys().map(({ kid }) => kid)).not.toContain(revoked);
      expect(await outcomeOf(one.tokens, one.tokens.mint(subject()).token)).not.toBe('refused');
    }
  });

  it('of the current key makes another one in the same transaction', async () => {
    const [here, there] = [await booted(), await booted()];
    const old = here.ring.signingKey().kid;
    const { token } = here.tokens.mint(subject());
    const actorId = newId();
    const revoked = await here.service.revoke(old, { actorId });
    expect(revoked).toMatchObject({
      kid: old,
      status: 'revoked',
      retiredAt: expect.any(Date) as Date,
    });
    for (const one of [here, there]) {
      await settled(one);
      expect(one.ring.signingKey().kid).not.toBe(old);
      expect(await outcomeOf(one.tokens, token)).toBe('refused');
    }
    const made = here.ring.signingKey().kid;
    expect(await statuses()).toEqual({ [old]: 'revoked', [made]: 'current' });
    expect(await events()).toMatchObject([
      {
        action: 'crypto_key_revoked',
        actor_id: actorId,
        target: `key:${old}`,
        details: { was: 'current' },
      },
      { action: 'crypto_key_created', actor_id: actorId, target: `key:${made}` },
    ]);
  });

  it('of a retired key leaves the current one, and tells everybody', async () => {
    const { service, ring } = await booted();
    const old = ring.signingKey().kid;
    const { kid } = await service.rotate({});
    const [before, retired] = [
      await changes(),
      (await service.list()).find((key) => key.kid === old),
    ];
    const revoked = await service.revoke(old, {});
    expect(revoked.retiredAt).toEqual(retired?.retiredAt);
    expect(await statuses()).toEqual({ [old]: 'revoked', [kid]: 'current' });
    expect(await changes()).toBe(before + 1);
  });

  it('happens once, and to no key that does not exist', async () => {
    const { service, ring } = await booted();
    const { kid } = ring.signingKey();
    const attempts = [1, 2, 3].map(() => service.revoke(kid, { actorId: newId() }));
    const outcomes = await Promise.allSettled(attempts);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject([
      { reason: { code: 'conflict' } },
      { reason: { code: 'conflict' } },
    ]);
    const before = await statuses();
    expect(Object.values(before).sort()).toEqual(['current', 'revoked']);
    for (const bad of ['', 'unknown', `${kid}x`, undefined, ...HOSTILE_TEXTS] as string[]) {
      await expect(service.revoke(bad, {})).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await statuses()).toEqual(before);
    expect(await events()).toHaveLength(2);
  });

  it('at once with a rotation leaves exactly one current key', async () => {
    const [here, there] = [await booted(), await booted()];
    const { kid } = here.ring.signingKey();
    await Promise.all([
      here.service.rotate({}),
      there.service.revoke(kid, {}),
      here.service.rotate({}),
    ]);
    const found = await statuses();
    expect(found[kid]).toBe('revoked');
    expect(Object.values(found).filter((status) => status === 'current')).toHaveLength(1);
  });
});

it('CR-5: the list shows every key, the newest first, and nothing of its private half', async () => {
  const { service, ring } = await booted();
  const first = ring.signingKey().kid;
  const { kid } = await service.rotate({});
  await service.revoke(first, {});
  const times = { createdAt: expect.any(Date) as Date, activatedAt: expect.any(Date) as Date };
  expect(await service.list()).toEqual([
    { kid, algorithm: 'ES256', status: 'current', ...times, retiredAt: null },
    { kid: first, algorithm: 'ES256', status: 'revoked', ...times, retiredAt: expect.any(Date) },
  ]);
});
