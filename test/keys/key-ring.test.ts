import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ConfigurationError } from '../../src/errors/configuration-error';
import { sealValue } from '../../src/keys/sealed-value';
import { exportPrivateKey, generateKeyMaterial } from '../../src/keys/key-material';
import { SecretKeys } from '../../src/options/secret-keys';
import { SECRETS } from '../support/auth-options';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { FakeClock } from '../support/fake-clock';
import { execute } from '../support/test-server';
import { openKeyStore, type KeyStore } from './key-store';

const KEYS = 'auth.signing_keys';

describe('the ring of signing keys', () => {
  const clock = new FakeClock();
  let database: TestDatabase;
  let stores: KeyStore[] = [];

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

  async function instance(...secrets: string[]): Promise<KeyStore> {
    const given = secrets.length > 0 ? { secrets } : {};
    const store = await openKeyStore(database.url, given, clock);
    stores.push(store);
    return store;
  }

  async function booted(...secrets: string[]): Promise<KeyStore> {
    const store = await instance(...secrets);
    await store.boot();
    return store;
  }

  function isKnownToBeRevoked({ ring }: KeyStore, kid: string): boolean {
    try {
      return ring.verificationKey(kid) === undefined;
    } catch {
      return false;
    }
  }

  async function rotate(at: KeyStore): Promise<void> {
    await at.service.rotate({}, { now: true });
  }

  async function setStatus(at: KeyStore, status: string, kid: string): Promise<void> {
    await at.dataSource.query(
      `WITH change AS (INSERT INTO auth.changes (kind) VALUES ('keys'))
       UPDATE ${KEYS} SET status = $1, activates_at = clock_timestamp() + interval '1 day',
         retired_at = clock_timestamp() WHERE kid = $2`,
      [status, kid],
    );
  }

  async function count(at: KeyStore, condition: string): Promise<number> {
    const [row] = await at.dataSource.query(`SELECT count(*)::integer AS count FROM ${condition}`);
    return row.count;
  }

  /** Counts how often the keys are read from now on. */
  async function countReads({ changes, ring, loader }: KeyStore) {
    // The change of the boot itself may still be on its way.
    await changes.catchUp();
    await ring.reload();
    return jest.spyOn(loader, 'load');
  }

  async function eventually(holds: () => boolean): Promise<void> {
    for (let attempt = 0; attempt < 300 && !holds(); attempt += 1) await wait(10);
    expect(holds()).toBe(true);
  }

  describe('at boot', () => {
    it('makes one key, one audit event and one change, however many instances boot at once', async () => {
      const many = await Promise.all(Array.from({ length: 8 }, () => instance()));
      await Promise.all(many.map((store) => store.boot()));

      const [first] = many;
      const kids = new Set(many.map(({ ring }) => ring.signingKey().kid));
      expect(kids.size).toBe(1);
      expect(await count(first!, KEYS)).toBe(1);
      const [kid] = kids;
      expect(
        await count(
          first!,
          `auth.audit_events WHERE action = 'crypto_key_created' AND outcome = 'success'
             AND target = 'key:${kid}' AND details = '{"algorithm": "ES256", "status": "current"}'`,
        ),
      ).toBe(1);
      expect(await count(first!, `auth.audit_events`)).toBe(1);
      expect(await count(first!, `auth.changes WHERE kind = 'keys'`)).toBe(1);
    });

    it('a second current key loses against the index, without audit event or change', async () => {
      const at = await booted();
      const key = {
        material: await generateKeyMaterial('ES256'),
        sealedPrivateKey: Buffer.alloc(64),
      };
      const won = await at.unitOfWork.run((tx) => at.transitions.insertCurrent(key, tx));
      expect(won).toBe(false);
      expect(await count(at, KEYS)).toBe(1);
      expect(await count(at, 'auth.audit_events')).toBe(1);
      expect(await count(at, 'auth.changes')).toBe(1);
    });

    it('CR-5: never stores a private key in clear', async () => {
      const { ring, dataSource } = await booted();
      const { key: privateKey } = ring.signingKey();
      const { d } = privateKey.export({ format: 'jwk' });
      const [row] = await dataSource.query(`SELECT * FROM ${KEYS}`);
      const sealed = row.sealed_private_key as Buffer;
      expect(sealed.includes(Buffer.from(d!, 'base64url'))).toBe(false);
      expect(JSON.stringify(row.public_jwk)).not.toContain(d);
      expect(row.public_jwk).not.toHaveProperty('d');
    });

    it('CR-6: is refused without the secret that the current key was sealed under', async () => {
      const { kid } = (await booted(SECRETS.first)).ring.signingKey();
      const other = await instance(SECRETS.second);
      const refused: unknown = await other.boot().catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(ConfigurationError);
      expect(String(refused)).toContain(`signing key ${kid} must be sealed under one of`);
      expect(String(refused)).not.toContain(SECRETS.second);
    });

    it('CR-5: is refused when a byte of the sealed current key was changed', async () => {
      const { dataSource } = await booted();
      await dataSource.query(
        `UPDATE ${KEYS} SET sealed_private_key =
           set_byte(sealed_private_key, 40, get_byte(sealed_private_key, 40) # 1)`,
      );
      const restarted = await instance();
      await expect(restarted.boot()).rejects.toThrow('must be as it was sealed');
      expect(() => restarted.ring.signingKey()).toThrow(
        expect.objectContaining({ code: 'internal_error' }),
      );
    });

    it('CR-5: seals every key under the current secret, so that the old one can go', async () => {
      const before = await booted(SECRETS.first);
      const { kid } = before.ring.signingKey();
      await rotate(before);
      await booted(SECRETS.second, SECRETS.first);
      const after = await booted(SECRETS.second);
      expect(after.ring.verificationKey(kid)?.kid).toBe(kid);
      expect(after.ring.publicKeys()).toHaveLength(2);
      // An instance that runs on keeps what it has opened.
      await before.ring.reload();
      expect(before.ring.publicKeys()).toHaveLength(2);
    });
  });

  describe('a key that somebody without the secrets wrote', () => {
    it('verifies nothing and is not published', async () => {
      const { ring, dataSource } = await booted();
      const { publicJwk, signing } = await generateKeyMaterial('ES256');
      await dataSource.query(
        `INSERT INTO ${KEYS} (kid, algorithm, public_jwk, sealed_private_key, status, retired_at)
         SELECT $1, 'ES256', $2, sealed_private_key, 'retired', clock_timestamp() FROM ${KEYS}`,
        [signing.kid, JSON.stringify(publicJwk)],
      );
      await ring.reload();
      expect(ring.verificationKey(signing.kid)).toBeUndefined();
      expect(ring.publicKeys().map(({ kid }) => kid)).toEqual([ring.signingKey().kid]);
    });

    it('CR-3: changes nothing by another public half, for that is derived from the sealed one', async () => {
      const { dataSource, ring } = await booted();
      const { publicJwk } = await generateKeyMaterial('ES256');
      await dataSource.query(`UPDATE ${KEYS} SET public_jwk = $1`, [JSON.stringify(publicJwk)]);
      const restarted = await booted();
      expect(restarted.ring.publicKeys()).toEqual(ring.publicKeys());
      expect(restarted.ring.publicKeys()[0]).not.toMatchObject({ kid: publicJwk!.kid });
    });

    it('is not believed under the name of another key, even sealed under our own secret', async () => {
      const here = await booted();
      const { kid } = here.ring.signingKey();
      const sealed = sealValue(
        new SecretKeys(here.options),
        exportPrivateKey(await generateKeyMaterial('ES256')),
        { purpose: 'signing-key ES256', id: kid },
      );
      await here.dataSource.query(`UPDATE ${KEYS} SET sealed_private_key = $1`, [sealed]);
      await expect((await instance()).boot()).rejects.toThrow('must be as it was sealed');
    });

    it('is skipped when it is of an algorithm that this version does not know', async () => {
      const here = await booted();
      const { dataSource } = here;
      const { kid } = here.ring.signingKey();
      await rotate(here);
      await dataSource.query(`UPDATE ${KEYS} SET algorithm = 'ML-DSA-44' WHERE kid = $1`, [kid]);
      const restarted = await booted();
      expect(restarted.ring.verificationKey(kid)).toBeUndefined();
      expect(restarted.ring.signingKey().kid).not.toBe(kid);
    });
  });

  describe('as keys change', () => {
    it('follows a rotation on another instance, and still verifies with the retired key', async () => {
      const here = await booted();
      const there = await booted();
      const { kid: old } = here.ring.signingKey();
      const { generation } = here.ring;

      await rotate(there);
      await here.changes.catchUp();
      await eventually(() => here.ring.signingKey().kid !== old);
      expect(here.ring.generation).toBeGreaterThan(generation);
      expect(here.ring.verificationKey(old)?.kid).toBe(old);
    });

    it('verifies with a key that is next, current or retired, and never with a revoked one', async () => {
      const here = await booted();
      const { kid } = here.ring.signingKey();
      await rotate(here);
      for (const status of ['next', 'retired']) {
        await setStatus(here, status, kid);
        await here.ring.reload();
        expect(here.ring.verificationKey(kid)?.kid).toBe(kid);
        expect(here.ring.publicKeys().map((key) => key.kid)).toContain(kid);
      }
      await setStatus(here, 'revoked', kid);
      await here.changes.catchUp();
      await eventually(() => here.ring.verificationKey(kid) === undefined);
      expect(here.ring.publicKeys().map((key) => key.kid)).not.toContain(kid);
    });

    it('signs no longer once the current key is revoked', async () => {
      const here = await booted();
      const { ring } = here;
      await setStatus(here, 'revoked', ring.signingKey().kid);
      await ring.reload();
      expect(() => ring.signingKey()).toThrow(expect.objectContaining({ code: 'internal_error' }));
    });

    it('goes on trying when a revocation is heard while the keys cannot be read', async () => {
      const here = await booted();
      const { kid } = here.ring.signingKey();
      await rotate(here);
      const load = await countReads(here);
      await here.dataSource.query(`ALTER TABLE ${KEYS} RENAME TO away`);
      await here.dataSource.query(
        `WITH change AS (INSERT INTO auth.changes (kind) VALUES ('keys'))
         UPDATE auth.away SET status = 'revoked' WHERE kid = $1`,
        [kid],
      );
      await here.changes.catchUp();
      await eventually(() => load.mock.calls.length > 0);
      await expect(load.mock.results[0]!.value).rejects.toThrow();
      expect(here.ring.verificationKey(kid)?.kid).toBe(kid);

      // What may be revoked verifies no longer than anything is decided from memory.
      await eventually(() => load.mock.calls.length > 1);
      const { generation } = here.ring;
      clock.advanceSeconds(here.options.changeFeed.maxStalenessMilliseconds / 1000 + 1);
      expect(() => here.ring.verificationKey(kid)).toThrow(
        expect.objectContaining({ code: 'authority_stale' }),
      );
      // Nor does a token that was verified before, and is remembered under the generation of its keys.
      await eventually(() => here.ring.generation > generation);

      await here.dataSource.query(`ALTER TABLE auth.away RENAME TO signing_keys`);
      await eventually(() => isKnownToBeRevoked(here, kid));
    });

    it('reads again after the feed was disconnected, before anything is decided', async () => {
      const { ring, ...here } = await booted();
      const { kid } = ring.signingKey();
      await here.dataSource.query(`UPDATE ${KEYS} SET status = 'revoked'`);
      await ring.onReconnect();
      expect(ring.verificationKey(kid)).toBeUndefined();
    });

    it('does not look changed when nothing changed', async () => {
      const { ring } = await booted();
      const { generation } = ring;
      await ring.reload();
      expect(ring.generation).toBe(generation);
    });
  });

  describe('a reload', () => {
    it('is shared: a hundred calls at once read the keys twice', async () => {
      const here = await booted();
      const load = await countReads(here);
      await Promise.all(Array.from({ length: 100 }, () => here.ring.reload()));
      expect(load).toHaveBeenCalledTimes(2);
    });

    it('sees what was committed before it was called, also while another one is under way', async () => {
      const here = await booted();
      const { kid } = here.ring.signingKey();
      const early = here.ring.reload();
      await here.dataSource.query(`UPDATE ${KEYS} SET status = 'revoked'`);
      await Promise.all([early, here.ring.reload()]);
      expect(here.ring.verificationKey(kid)).toBeUndefined();
    });

    it('JW-4: for unknown keys happens at most once a second, whatever the tokens name', async () => {
      const here = await booted();
      const { ring } = here;
      const load = await countReads(here);
      await Promise.all(Array.from({ length: 100 }, async () => ring.reloadForUnknownKey()));
      expect(load).toHaveBeenCalledTimes(1);
      clock.advanceSeconds(0.9);
      expect(ring.reloadForUnknownKey()).toBeUndefined();
      clock.advanceSeconds(0.2);
      await ring.reloadForUnknownKey();
      expect(load).toHaveBeenCalledTimes(2);
    });
  });
});
