import { Logger } from '@nestjs/common';
import { newId } from '../../src/database/identifiers';
import { HOSTILE_TEXTS } from '../support/lists';
import { outcomeOf, subject } from '../tokens/token-store';
import { DAY, KeyFleet, settled } from './key-fleet';

let fleet: KeyFleet;

beforeAll(async () => {
  Logger.overrideLogger(false);
  fleet = await KeyFleet.open();
});

afterEach(() => fleet.reset());
afterAll(() => fleet.close());

describe('revoking', () => {
  it('JW-13: refuses on every instance a token that was verified and remembered before', async () => {
    const [here, there] = [await fleet.boot(), await fleet.boot()];
    const revoked = here.ring.signingKey().kid;
    const { token } = here.tokens.mint(subject());
    await here.service.rotate({}, { now: true });
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
    const [here, there] = [await fleet.boot(), await fleet.boot()];
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
    expect(await fleet.statuses()).toEqual({ [old]: 'revoked', [made]: 'current' });
    expect(await fleet.events()).toMatchObject([
      {
        action: 'crypto_key_revoked',
        actor_id: actorId,
        target: `key:${old}`,
        details: { was: 'current' },
      },
      { action: 'crypto_key_created', actor_id: actorId, target: `key:${made}` },
    ]);
  });

  it('of the current key lets the next one sign at once, which others know already', async () => {
    const [here, there] = [await fleet.boot(), await fleet.boot()];
    const old = here.ring.signingKey().kid;
    const { token } = here.tokens.mint(subject());
    const next = await here.service.rotate({});
    await there.service.revoke(old, {});
    for (const one of [here, there]) {
      await settled(one);
      expect(one.ring.signingKey().kid).toBe(next.kid);
      expect(await outcomeOf(one.tokens, token)).toBe('refused');
    }
    expect(await fleet.statuses()).toEqual({ [old]: 'revoked', [next.kid]: 'current' });
  });

  it('of the next key leaves the current one, and a rotation publishes another', async () => {
    const here = await fleet.boot();
    const current = here.ring.signingKey().kid;
    const { kid } = await here.service.rotate({});
    await here.service.revoke(kid, {});
    await settled(here);
    expect(here.ring.publicKeys().map((key) => key.kid)).toEqual([current]);
    const other = await here.service.rotate({});
    expect(other.kid).not.toBe(kid);
    expect(await fleet.statuses()).toEqual({
      [current]: 'current',
      [kid]: 'revoked',
      [other.kid]: 'next',
    });
  });

  it('of a retired key leaves the current one, and tells everybody', async () => {
    const { service, ring } = await fleet.boot();
    const old = ring.signingKey().kid;
    const { kid } = await service.rotate({}, { now: true });
    const [before, retired] = [
      await fleet.changes(),
      (await service.list()).find((key) => key.kid === old),
    ];
    const revoked = await service.revoke(old, {});
    expect(revoked.retiredAt).toEqual(retired?.retiredAt);
    expect(await fleet.statuses()).toEqual({ [old]: 'revoked', [kid]: 'current' });
    expect(await fleet.changes()).toBe(before + 1);
  });

  it('happens once, and to no key that does not exist', async () => {
    const { service, ring } = await fleet.boot();
    const { kid } = ring.signingKey();
    const attempts = [1, 2, 3].map(() => service.revoke(kid, { actorId: newId() }));
    const outcomes = await Promise.allSettled(attempts);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject([
      { reason: { code: 'conflict' } },
      { reason: { code: 'conflict' } },
    ]);
    const before = await fleet.statuses();
    expect(Object.values(before).sort()).toEqual(['current', 'revoked']);
    for (const bad of ['', 'unknown', `${kid}x`, undefined, ...HOSTILE_TEXTS] as string[]) {
      await expect(service.revoke(bad, {})).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await fleet.statuses()).toEqual(before);
    expect(await fleet.events()).toHaveLength(2);
  });

  it('at once with rotations leaves exactly one current key, in 20 rounds', async () => {
    const [here, there] = [await fleet.boot(), await fleet.boot()];
    for (let round = 0; round < 20; round += 1) {
      const kid = (await here.service.list()).find(({ status }) => status === 'current')!.kid;
      if (round % 2 === 0) await fleet.age((await here.service.rotate({})).kid, DAY + 1);
      await Promise.all([
        here.service.rotate({}, { now: round % 3 === 0 }),
        there.service.revoke(kid, {}),
        here.service.advance(),
        there.service.advance(),
      ]);
      expect((await fleet.statuses())[kid]).toBe('revoked');
      expect(await fleet.count('current')).toBe(1);
      expect(await fleet.count('next')).toBeLessThanOrEqual(1);
    }
  });
});

it('CR-5: the list shows every key, the newest first, and nothing of its private half', async () => {
  const { service, ring } = await fleet.boot();
  const first = ring.signingKey().kid;
  const { kid } = await service.rotate({}, { now: true });
  const { kid: next } = await service.rotate({});
  await service.revoke(first, {});
  const date = expect.any(Date) as Date;
  const common = { algorithm: 'ES256', createdAt: date, activatesAt: null, verifiesUntil: null };
  const signed = { ...common, activatedAt: date, retiredAt: null };
  expect(await service.list()).toEqual([
    { ...signed, kid: next, status: 'next', activatesAt: date, activatedAt: null },
    { ...signed, kid, status: 'current' },
    { ...signed, kid: first, status: 'revoked', retiredAt: date },
  ]);
});
