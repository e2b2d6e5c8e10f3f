import { Logger } from '@nestjs/common';
import type { Change } from '../../src/change-feed/change';
import { newId } from '../../src/database/identifiers';
import type { SigningKeyOptions } from '../../src/options/signing-key-options';
import { outcomeOf, subject } from '../tokens/token-store';
import { DAY, KeyFleet, settled } from './key-fleet';

let fleet: KeyFleet;

beforeAll(async () => {
  Logger.overrideLogger(false);
  fleet = await KeyFleet.open();
});

afterEach(() => fleet.reset());
afterAll(() => fleet.close());

describe('rotating', () => {
  it('CR-3: publishes the next key a day before it signs, on every instance', async () => {
    const [here, there] = [await fleet.boot(), await fleet.boot()];
    const old = here.ring.signingKey().kid;
    const heard: Change[] = [];
    here.changes.subscribe({ onChange: (change) => void heard.push(change) });

    const next = await here.service.rotate({});

    expect(heard).toContainEqual({ kind: 'keys' });
    expect(next).toMatchObject({ status: 'next', activatedAt: null, retiredAt: null });
    expect(next.activatesAt!.getTime() - next.createdAt.getTime()).toBeGreaterThanOrEqual(
      DAY * 1000,
    );
    for (const one of [here, there]) {
      await settled(one);
      expect(one.ring.signingKey().kid).toBe(old);
      expect(one.ring.publicKeys().map(({ kid }) => kid)).toEqual([old, next.kid]);
      // Due or not is decided in database time, whoever asks.
      expect(await one.service.advance()).toBe(false);
    }
    expect(await fleet.statuses()).toEqual({ [old]: 'current', [next.kid]: 'next' });
  });

  it('CR-2: lets the next key sign when its time has come; what the old one signed stays good', async () => {
    const [here, there] = [await fleet.boot(), await fleet.boot()];
    const old = here.ring.signingKey().kid;
    const before = here.tokens.mint(subject()).token;
    const next = await here.service.rotate({});
    await fleet.age(next.kid, DAY + 1);

    expect(await there.service.advance()).toBe(true);

    // This instance has not picked it up yet: both verify what the other one signs.
    for (const one of [here, there]) await one.ring.reload();
    for (const one of [here, there]) {
      await settled(one);
      expect(one.ring.signingKey().kid).toBe(next.kid);
      expect(await outcomeOf(one.tokens, before)).toMatchObject({ keyId: old });
      const { token } = here.tokens.mint(subject());
      expect(await outcomeOf(one.tokens, token)).toMatchObject({ keyId: next.kid });
    }
    expect(await fleet.statuses()).toEqual({ [old]: 'retired', [next.kid]: 'current' });
  });

  it('CR-2: an instance that has not heard of the change signs with a key that all others verify', async () => {
    const [here, deaf] = [await fleet.boot(), await fleet.bootDeaf()];
    const old = here.ring.signingKey().kid;
    const next = await here.service.rotate({});
    await fleet.age(next.kid, DAY + 1);
    await here.service.advance();
    await settled(here);
    expect(deaf.ring.signingKey().kid).toBe(old);
    expect(await outcomeOf(here.tokens, deaf.tokens.mint(subject()).token)).not.toBe('refused');
    // It was not there when the key was published either, and asks for it.
    expect(await outcomeOf(deaf.tokens, here.tokens.mint(subject()).token)).not.toBe('refused');
    expect(deaf.ring.signingKey().kid).toBe(next.kid);
  });

  it('CR-2, CR-3: a retired key verifies until its last token is dead, then leaves memory and key set', async () => {
    const here = await fleet.boot();
    const old = here.ring.signingKey().kid;
    await here.service.rotate({}, { now: true });
    const { accessTokens } = here.options;
    // The tolerance counts twice, and an instance may sign with it for a minute longer.
    const life = accessTokens.ttlSeconds + 2 * accessTokens.clockToleranceSeconds + 60;
    await fleet.age(old, life - 5);
    await here.ring.reload();
    expect(here.ring.verificationKey(old)?.kid).toBe(old);
    expect(here.ring.publicKeys()).toHaveLength(2);

    const { generation } = here.ring;
    await fleet.age(old, 6);
    await here.ring.reload();
    expect(here.ring.verificationKey(old)).toBeUndefined();
    expect(here.ring.publicKeys()).toHaveLength(1);
    expect(here.ring.generation).toBeGreaterThan(generation);
    // What became of it stays on record.
    const record = (await here.service.list()).find(({ kid }) => kid === old)!;
    expect(record.status).toBe('retired');
    expect(record.verifiesUntil!.getTime() - record.retiredAt!.getTime()).toBe(life * 1000);
    expect(record.verifiesUntil!.getTime()).toBeLessThan(Date.now());
  });

  it('a retired key is dead in time also while the keys cannot be read', async () => {
    const here = await fleet.boot();
    const old = here.ring.signingKey().kid;
    await here.service.rotate({}, { now: true });
    await here.ring.reload();
    here.clock.advanceSeconds(669);
    expect(here.ring.verificationKey(old)?.kid).toBe(old);
    here.clock.advanceSeconds(2);
    expect(here.ring.verificationKey(old)).toBeUndefined();
    expect(here.ring.publicKeys().map(({ kid }) => kid)).not.toContain(old);
  });

  it('at once signs with the new key at once', async () => {
    const here = await fleet.boot();
    const old = here.ring.signingKey().kid;
    const before = here.tokens.mint(subject()).token;
    const made = await here.service.rotate({}, { now: true });
    await settled(here);
    expect(made).toMatchObject({ status: 'current', algorithm: 'ES256', activatesAt: null });
    expect(here.ring.signingKey().kid).toBe(made.kid);
    expect(await outcomeOf(here.tokens, before)).toMatchObject({ keyId: old });
  });

  it('at once takes the key that is published already', async () => {
    const { service } = await fleet.boot();
    const next = await service.rotate({});
    const made = await service.rotate({}, { now: true });
    expect(made).toMatchObject({ kid: next.kid, status: 'current' });
    expect(await fleet.count('current')).toBe(1);
  });

  it('again leaves the next key and its time as they are', async () => {
    const { service } = await fleet.boot();
    const [first, before] = [await service.rotate({}), await fleet.changes()];
    expect(await service.rotate({ actorId: newId() })).toEqual(first);
    expect(await fleet.events()).toEqual([]);
    expect(await fleet.changes()).toBe(before);
  });

  it('is on record with who did it, and so is what the instances do by themselves', async () => {
    const { service, ring } = await fleet.boot();
    const old = ring.signingKey().kid;
    const actorId = newId();
    const { kid } = await service.rotate({ actorId, origin: { ip: '192.0.2.4' } });
    expect(await fleet.events()).toEqual([
      {
        actor_id: actorId,
        ip: '192.0.2.4',
        action: 'crypto_key_created',
        target: `key:${kid}`,
        details: { algorithm: 'ES256', status: 'next' },
      },
    ]);
    await fleet.age(kid, DAY + 1);
    const before = await fleet.changes();
    await service.advance();
    expect(await fleet.changes()).toBe(before + 1);
    const rest = await fleet.sql(`SELECT action, actor_id, target FROM auth.audit_events
       WHERE action IN ('crypto_key_retired', 'crypto_key_activated') ORDER BY action`);
    expect(rest).toEqual([
      { action: 'crypto_key_activated', actor_id: null, target: `key:${kid}` },
      { action: 'crypto_key_retired', actor_id: null, target: `key:${old}` },
    ]);
  });

  it('many at once publish one key', async () => {
    const [here, there] = [await fleet.boot(), await fleet.boot()];
    const made = await Promise.all(
      [here, there, here, there, here].map(({ service }) => service.rotate({})),
    );
    expect(new Set(made.map(({ kid }) => kid)).size).toBe(1);
    expect(Object.values(await fleet.statuses()).sort()).toEqual(['current', 'next']);
  });

  it('many at once and at once happen one after the other, and one key is current', async () => {
    const [here, there] = [await fleet.boot(), await fleet.boot()];
    const made = await Promise.all(
      [here, there, here, there, here].map(({ service }) => service.rotate({}, { now: true })),
    );
    expect(new Set(made.map(({ kid }) => kid)).size).toBe(5);
    expect([await fleet.count('current'), await fleet.count('retired')]).toEqual([1, 5]);
  });

  it('leaves the current key when the new one cannot be stored', async () => {
    const { service, dataSource } = await fleet.boot();
    const before = await fleet.statuses();
    await dataSource.query(
      `ALTER TABLE auth.signing_keys ADD CONSTRAINT full_now CHECK (status <> 'next') NOT VALID`,
    );
    await expect(service.rotate({ actorId: newId() }, { now: true })).rejects.toThrow('full_now');
    await dataSource.query(`ALTER TABLE auth.signing_keys DROP CONSTRAINT full_now`);
    expect(await fleet.statuses()).toEqual(before);
    expect(await fleet.events()).toEqual([]);
  });
});

describe('by itself', () => {
  const rotating = (signingKeys: SigningKeyOptions) => fleet.boot({ signingKeys });

  it('CR-2: a key gets its successor as long ahead as that is published, however many instances look', async () => {
    const instances = [await fleet.boot(), await fleet.boot(), await fleet.boot()];
    const [here] = instances;
    const old = here!.ring.signingKey().kid;
    await fleet.age(old, 89 * DAY - 60);
    for (const one of instances) {
      await one.ring.reload();
      await one.schedule.look();
    }
    expect(await fleet.statuses()).toEqual({ [old]: 'current' });

    await fleet.age(old, 120);
    for (const one of instances) await one.ring.reload();
    await Promise.all(instances.map(({ schedule }) => schedule.look()));

    expect([await fleet.count('current'), await fleet.count('next')]).toEqual([1, 1]);
    const [next] = await here!.service.list();
    expect(next).toMatchObject({ status: 'next' });
    const [made] = await fleet.sql(
      `SELECT details FROM auth.audit_events WHERE target = 'key:${next!.kid}'`,
    );
    expect(made).toEqual({ details: { algorithm: 'ES256', status: 'next', reason: 'age' } });
    await fleet.age(next!.kid, DAY);
    for (const one of instances) await one.ring.reload();
    await Promise.all(instances.map(({ schedule }) => schedule.look()));
    expect(await fleet.statuses()).toEqual({ [old]: 'retired', [next!.kid]: 'current' });
    for (const { ring } of instances) expect(ring.signingKey().kid).toBe(next!.kid);
  });

  it('is never replaced for its age with 0 days', async () => {
    const here = await rotating({ rotateAfterDays: 0 });
    await fleet.age(here.ring.signingKey().kid, 5000 * DAY);
    await here.ring.reload();
    await here.schedule.look();
    expect(here.ring.dueAt).toBe(Number.POSITIVE_INFINITY);
    expect(Object.values(await fleet.statuses())).toEqual(['current']);
  });

  it('another algorithm in the options gives a key of it a successor; old tokens stay good', async () => {
    const before = await fleet.boot();
    const { token } = before.tokens.mint(subject());
    const after = await rotating({ algorithm: 'HS256', rotateAfterDays: 0 });
    expect(after.ring.signingKey().algorithm).toBe('ES256');
    await after.schedule.look();
    const [next] = await after.service.list();
    expect(next).toMatchObject({ status: 'next', algorithm: 'HS256' });
    // The instances that still have the old option do not take it back.
    await settled(before);
    await before.schedule.look();
    await before.service.advance();
    expect((await after.service.list())[0]).toMatchObject({ kid: next!.kid, status: 'next' });

    await fleet.age(next!.kid, DAY + 1);
    await after.ring.reload();
    await after.schedule.look();
    expect(after.ring.signingKey().algorithm).toBe('HS256');
    await settled(before);
    for (const one of [before, after]) {
      expect(await outcomeOf(one.tokens, token)).not.toBe('refused');
      expect(await outcomeOf(one.tokens, after.tokens.mint(subject()).token)).not.toBe('refused');
    }
  });

  it('looks without a query while nothing is due, and again after a minute', async () => {
    const here = await fleet.boot();
    const load = jest.spyOn(here.loader, 'load');
    for (let second = 0; second < 59; second += 1) {
      here.clock.advanceSeconds(1);
      await here.schedule.look();
    }
    expect(load).not.toHaveBeenCalled();
    here.clock.advanceSeconds(2);
    await here.schedule.look();
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('an instance that the change feed does not reach knows the keys within a minute', async () => {
    const [here, deaf] = [await fleet.boot(), await fleet.bootDeaf()];
    const next = await here.service.rotate({});
    deaf.clock.advanceSeconds(61);
    await deaf.schedule.look();
    expect(deaf.ring.publicKeys().map(({ kid }) => kid)).toContain(next.kid);
  });

  it('goes on after the database was away', async () => {
    const here = await fleet.boot();
    const { kid } = await here.service.rotate({});
    await here.dataSource.query(`ALTER TABLE auth.signing_keys RENAME TO away`);
    here.clock.advanceSeconds(61);
    await here.schedule.look();
    await here.dataSource.query(`ALTER TABLE auth.away RENAME TO signing_keys`);
    await fleet.age(kid, DAY + 1);
    here.clock.advanceSeconds(11);
    await here.schedule.look();
    await here.schedule.look();
    expect(here.ring.signingKey().kid).toBe(kid);
  });
});
