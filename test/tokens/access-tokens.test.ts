import { randomBytes } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { generateKeyMaterial } from '../../src/keys/key-material';
import { newId } from '../../src/database/identifiers';
import { cloneDatabase, type TestDatabase } from '../support/database';
import {
  bootTokenStore,
  decode,
  encode,
  outcomeOf,
  partsOf,
  signEs256,
  subject,
  type TokenStore,
} from './token-store';

const issuer = 'https://api.example.org';
const audience = 'https://resource.example.org';

describe('an access token', () => {
  let database: TestDatabase;
  let store: TokenStore;

  beforeAll(async () => {
    database = await cloneDatabase();
    store = await bootTokenStore(database.url, { audience });
  });

  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  /** A token of ours with other claims, signed with our own key. */
  function reissued(change: (claims: Record<string, unknown>) => object): string {
    const [header, payload] = partsOf(store.tokens.mint(subject()).token);
    const claims = change(decode(payload));
    return signEs256(header, encode(claims), store.ring.signingKey().key);
  }

  const refused = (token: string) => outcomeOf(store.tokens, token);

  describe('when it is minted', () => {
    it('is verified by jose against our JWKS, by every rule of RFC 9068', async () => {
      const given = subject({ sessionVersion: 3, tenantId: newId() });
      const { token, expiresInSeconds } = store.tokens.mint(given);
      expect(expiresInSeconds).toBe(600);
      const keys = createLocalJWKSet({ keys: store.ring.publicKeys().map((key) => ({ ...key })) });
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        algorithms: ['ES256'],
        typ: 'at+jwt',
        issuer,
        audience,
        currentDate: new Date(store.clock.now()),
        requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
      });
      const now = store.clock.nowSeconds();
      expect(protectedHeader).toEqual({
        alg: 'ES256',
        typ: 'at+jwt',
        kid: store.ring.signingKey().kid,
      });
      expect(payload).toEqual({
        iss: issuer,
        aud: audience,
        sub: given.accountId,
        client_id: 'web',
        iat: now,
        exp: now + 600,
        jti: expect.any(String),
        sid: given.sessionId,
        ae: 1,
        sv: 3,
        tid: given.tenantId,
        auth_time: given.authTime,
        amr: ['pwd'],
      });
    });

    it('JW-8: has every claim of RFC 9068, and no jti twice in 10,000 tokens', () => {
      const required = ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'];
      const ids = new Set<unknown>();
      const given = subject();
      let incomplete = 0;
      for (let count = 0; count < 10_000; count += 1) {
        const claims = decode(partsOf(store.tokens.mint(given).token)[1]);
        ids.add(claims['jti']);
        if (!required.every((name) => claims[name] !== undefined)) incomplete += 1;
      }
      expect(ids.size).toBe(10_000);
      expect(incomplete).toBe(0);
    });

    it('JW-12: names nothing about the person, no role and no permission, in less than 1 KB', () => {
      const { token } = store.tokens.mint(subject({ sessionVersion: 1, tenantId: newId() }));
      expect(Object.keys(decode(partsOf(token)[1])).sort()).toEqual(
        'ae amr aud auth_time client_id exp iat iss jti sid sub sv tid'.split(' '),
      );
      expect(token.length).toBeLessThan(1024);
    });

    it('leaves out what does not apply', () => {
      const claims = decode(partsOf(store.tokens.mint(subject()).token)[1]);
      expect(claims).not.toHaveProperty('sv');
      expect(claims).not.toHaveProperty('tid');
      expect(claims).not.toHaveProperty('nbf');
    });
  });

  describe('when it is verified', () => {
    it('gives back what it was minted with, at once, frozen and with a ready principal', () => {
      const given = subject({ sessionVersion: 3, tenantId: newId(), amr: ['pwd', 'otp', 'mfa'] });
      const { token } = store.tokens.mint(given);
      const verified = store.tokens.verify(token);
      const now = store.clock.nowSeconds();
      const principal = {
        accountId: given.accountId,
        sessionId: given.sessionId,
        tenantId: given.tenantId,
        authTime: given.authTime,
        amr: given.amr,
      };
      expect(verified).toEqual({
        ...given,
        clientId: 'web',
        issuedAt: now,
        expiresAt: now + 600,
        tokenId: decode(partsOf(token)[1])['jti'],
        keyId: decodeProtectedHeader(token).kid,
        principal,
      });
      if (verified instanceof Promise) throw new Error('a known key needs no waiting');
      expect(Object.isFrozen(verified)).toBe(true);
      expect(Object.isFrozen(verified.principal)).toBe(true);
      expect(Object.isFrozen(verified.amr)).toBe(true);
    });

    it('JW-5: counts until exp and the tolerance, to the second', async () => {
      const { token } = store.tokens.mint(subject());
      store.clock.advanceSeconds(604);
      expect(await refused(token)).not.toBe('refused');
      store.clock.advanceSeconds(1);
      expect(await refused(token)).toBe('refused');
    });

    it.each([
      ['exp 61 seconds ago', (now: number) => ({ exp: now - 61 })],
      ['nbf in 61 seconds', (now: number) => ({ nbf: now + 61 })],
      ['nbf one second after the tolerance', (now: number) => ({ nbf: now + 6 })],
      ['iat one second after the tolerance', (now: number) => ({ iat: now + 6, exp: now + 600 })],
      ['no exp', () => ({ exp: undefined })],
      ['exp null', () => ({ exp: null })],
      ['exp as text', (now: number) => ({ exp: String(now + 600) })],
      ['exp 1e308', () => ({ exp: 1e308 })],
      ['exp negative', () => ({ exp: -1 })],
      ['exp with a fraction', (now: number) => ({ exp: now + 0.5 })],
      ['exp in a list', (now: number) => ({ exp: [now + 600] })],
      ['no iat', () => ({ iat: undefined })],
      ['iat as text', (now: number) => ({ iat: String(now) })],
      ['iat negative', () => ({ iat: -1 })],
      ['nbf as text', (now: number) => ({ nbf: String(now) })],
      ['nbf null', () => ({ nbf: null })],
    ])('JW-5: is refused with %s', async (_, times) => {
      const token = reissued((claims) => ({ ...claims, ...times(store.clock.nowSeconds()) }));
      expect(await refused(token)).toBe('refused');
    });

    it.each(['NaN', 'Infinity', '1e999', '-0', '1767225600.0', '0x69', '1_0'])(
      'JW-5: is refused when exp is spelt %s',
      async (spelling) => {
        const [header, payload] = partsOf(store.tokens.mint(subject()).token);
        const text = Buffer.from(payload, 'base64url').toString();
        const changed = text.replace(/"exp":\d+/, `"exp":${spelling}`);
        expect(changed).not.toBe(text);
        const { key: privateKey } = store.ring.signingKey();
        expect(await refused(signEs256(header, encode(changed), privateKey))).toBe('refused');
      },
    );

    it('JW-5: counts with nbf and iat inside the tolerance', async () => {
      const soon = store.clock.nowSeconds() + 5;
      const token = reissued((claims) => ({ ...claims, iat: soon, nbf: soon }));
      expect(await refused(token)).not.toBe('refused');
    });

    it('JW-5: never counts for longer than tokens live here, whatever its exp says', async () => {
      const now = store.clock.nowSeconds();
      const token = reissued((claims) => ({ ...claims, exp: now + 86_400 }));
      expect(await refused(token)).toMatchObject({ expiresAt: now + 600 });
      store.clock.advanceSeconds(605);
      expect(await refused(token)).toBe('refused');
      expect(store.cache.get(token)).toBeUndefined();
    });

    it.each<{ iss?: unknown; aud?: unknown }>([
      { aud: undefined },
      { aud: issuer },
      { aud: [audience] },
      { aud: [audience, 'https://other.example.org'] },
      { aud: [] },
      { aud: `${audience}/` },
      { aud: audience.toUpperCase() },
      { aud: ` ${audience}` },
      { aud: { toString: audience } },
      { aud: true },
      { iss: undefined },
      { iss: audience },
      { iss: [issuer] },
      { iss: `${issuer}/` },
      { iss: 'https://API.example.org' },
      { iss: `${issuer}:443` },
      { iss: 'http://api.example.org' },
      { iss: `${issuer}/other-tenant` },
    ])('JW-7: is refused with %j', async (claim) => {
      expect(await refused(reissued((claims) => ({ ...claims, ...claim })))).toBe('refused');
    });

    it.each([
      ['sub', [undefined, null, 7, '', 'a', ['x'], newId().toUpperCase(), `${newId()}\n`]],
      ['sid', [undefined, null, 7, '', 'a', { $ne: '' }]],
      ['jti', [undefined, null, 7, '', 'a']],
      ['tid', [null, 7, '', 'a', '*']],
      ['ae', [undefined, null, '1', -1, 1.5, true, [1], 1e300]],
      ['sv', [null, '1', -1, 1.5]],
      ['auth_time', [undefined, null, '1', -1, 1.5]],
      ['amr', [undefined, null, 'pwd', { 0: 'pwd' }, [7], [['pwd']]]],
      ['client_id', [undefined, null, 7, ['web']]],
    ])('is refused when %s is not of its type', async (name, values) => {
      for (const value of values) {
        const token = reissued((claims) => ({ ...claims, [name]: value }));
        expect({ value, outcome: await refused(token) }).toEqual({ value, outcome: 'refused' });
      }
    });

    it('counts with a claim that only a newer version knows', async () => {
      const token = reissued((claims) => ({ ...claims, cnf: { jkt: 'x' } }));
      expect(await refused(token)).not.toBe('refused');
    });

    it('is refused when its payload is no object, though its signature is ours', async () => {
      const [header] = partsOf(store.tokens.mint(subject()).token);
      for (const text of ['null', '[]', '"text"', '7', 'true', '', '{', '{}']) {
        const token = signEs256(header, encode(text), store.ring.signingKey().key);
        expect(await refused(token)).toBe('refused');
      }
    });
  });

  describe('across rotations of the keys', () => {
    const rotate = () => store.service.rotate({}, { now: true });

    it('counts on with a retired key, and not with a revoked one', async () => {
      const { token: first } = store.tokens.mint(subject());
      await rotate();
      await store.ring.reload();
      const { token: second } = store.tokens.mint(subject());
      expect(decodeProtectedHeader(second).kid).not.toBe(decodeProtectedHeader(first).kid);
      expect(await refused(first)).not.toBe('refused');
      expect(await refused(second)).not.toBe('refused');

      await store.service.revoke(store.ring.signingKey().kid, {});
      await store.ring.reload();
      expect(await refused(first)).not.toBe('refused');
      expect(await refused(second)).toBe('refused');
      expect(store.cache.get(second)).toBeUndefined();
    });

    it('counts on an instance that has not heard of its key, at the price of one read', async () => {
      const there = await bootTokenStore(
        database.url,
        { audience },
        { clock: store.clock, isDeaf: true },
      );
      try {
        await rotate();
        await store.ring.reload();
        const { token } = store.tokens.mint(subject());
        const load = jest.spyOn(there.loader, 'load');
        const waiting = [there.tokens.verify(token), there.tokens.verify(token)];
        expect(waiting.every((one) => one instanceof Promise)).toBe(true);
        for (const one of waiting) {
          expect((await one).keyId).toBe(store.ring.signingKey().kid);
        }
        expect(load).toHaveBeenCalledTimes(1);
        expect(there.tokens.verify(token)).not.toBeInstanceOf(Promise);
      } finally {
        await there.close();
      }
    });

    it('JW-4: is refused when nobody knows its key, with one read a second for all such tokens', async () => {
      const there = await bootTokenStore(
        database.url,
        { audience },
        { clock: store.clock, isDeaf: true },
      );
      try {
        const load = jest.spyOn(there.loader, 'load');
        const { key: privateKey } = (await generateKeyMaterial('ES256')).signing;
        const [, payload] = partsOf(store.tokens.mint(subject()).token);
        const forgeries = Array.from({ length: 200 }, () => {
          const kid = randomBytes(32).toString('base64url');
          return signEs256(encode({ alg: 'ES256', typ: 'at+jwt', kid }), payload, privateKey);
        });
        const outcomes = forgeries.map((token) => outcomeOf(there.tokens, token));
        expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['refused']));
        expect(() => there.tokens.verify(forgeries[0]!)).toThrow();
        expect(load).toHaveBeenCalledTimes(1);
      } finally {
        await there.close();
      }
    });

    it('says "try again" when its key has to be looked up and the database is away', async () => {
      const there = await bootTokenStore(
        database.url,
        { audience },
        { clock: store.clock, isDeaf: true },
      );
      const { key: privateKey } = (await generateKeyMaterial('ES256')).signing;
      const kid = randomBytes(32).toString('base64url');
      const [, payload] = partsOf(store.tokens.mint(subject()).token);
      const header = encode({ alg: 'ES256', typ: 'at+jwt', kid });
      await there.close();
      await expect(
        there.tokens.verify(signEs256(header, payload, privateKey)),
      ).rejects.toMatchObject({ code: 'database_unavailable' });
    });
  });
});
