import { cloneDatabase, type TestDatabase } from '../support/database';
import { execute } from '../support/test-server';
import { bootTokenStore, outcomeOf, subject, type TokenStore } from './token-store';

describe('the cache of verified tokens', () => {
  let database: TestDatabase;
  let stores: TokenStore[] = [];

  beforeAll(async () => {
    database = await cloneDatabase();
  });

  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    stores = [];
    await execute(database.url, 'TRUNCATE auth.signing_keys, auth.changes');
  });

  afterAll(() => database.drop());

  async function booted(cacheEntries = 100): Promise<TokenStore> {
    const store = await bootTokenStore(database.url, { accessTokens: { cacheEntries } });
    stores.push(store);
    await settled(store);
    return store;
  }

  /** Waits until what was committed by now has had its effect. */
  async function settled({ changes, ring }: TokenStore): Promise<void> {
    await changes.catchUp();
    await ring.reload();
  }

  it('gives the very same answer again, without another look at the token', async () => {
    const { tokens, cache } = await booted();
    const { token } = tokens.mint(subject());
    expect(cache.get(token)).toBeUndefined();
    const verified = await tokens.verify(token);
    expect(cache.get(token)).toBe(verified);
    expect(cache.get(`${token}x`.slice(0, -1))).toBe(verified);
  });

  it('JW-13: never gives one account the answer of another, however alike the tokens are', async () => {
    const { tokens, cache } = await booted();
    const alike = subject();
    const given = Array.from({ length: 50 }, (_, index) => ({
      ...alike,
      accountId: `${alike.accountId.slice(0, -2)}${index.toString(16).padStart(2, '0')}`,
    }));
    const minted = given.map((one) => ({ ...one, ...tokens.mint(one) }));
    for (const { token } of minted) await tokens.verify(token);
    for (let round = 0; round < 20; round += 1) {
      for (const { token, accountId } of minted) {
        expect(cache.get(token)?.accountId).toBe(accountId);
        expect(cache.get(token)?.principal.accountId).toBe(accountId);
      }
    }
    const [first, second] = minted.map(({ token }) => token.split('.'));
    const [header, payload, signature] = first!;
    for (const mixture of [
      [header, payload, second![2]],
      [header, second![1], signature],
      [header, payload],
      [payload, signature],
      [header, payload, signature!.slice(0, -1)],
      [header, payload, `${signature}A`],
    ]) {
      expect(cache.get(mixture.join('.'))).toBeUndefined();
    }
  });

  it('JW-13: forgets a token when it expires, to the second', async () => {
    const { tokens, cache, clock } = await booted();
    const { token } = tokens.mint(subject());
    await tokens.verify(token);
    clock.advanceSeconds(604);
    expect(cache.get(token)).toBeDefined();
    clock.advanceSeconds(1);
    expect(cache.get(token)).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it('remembers nothing that was refused', async () => {
    const { tokens, cache } = await booted();
    const { token } = tokens.mint(subject());
    expect(() => void tokens.verify(`${token}A`)).toThrow();
    expect(() => void tokens.verify('a.b.c')).toThrow();
    expect(cache.size).toBe(0);
  });

  it('stays within its bound, and drops first what was longest unused', async () => {
    const { tokens, cache } = await booted(3);
    const minted = Array.from({ length: 4 }, () => tokens.mint(subject()).token);
    for (const token of minted.slice(0, 3)) await tokens.verify(token);
    expect(cache.get(minted[0]!)).toBeDefined();
    await tokens.verify(minted[3]!);
    expect(cache.size).toBe(3);
    expect(minted.map((token) => cache.get(token) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('with 0 entries remembers nothing', async () => {
    const { tokens, cache } = await booted(0);
    const { token } = tokens.mint(subject());
    await tokens.verify(token);
    expect(cache.get(token)).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it('JW-13: forgets everything when a key is revoked on another instance', async () => {
    const { tokens, cache, changes, ...here } = await booted();
    const there = await booted();
    const { token } = tokens.mint(subject());
    await tokens.verify(token);
    await there.dataSource.query(
      `WITH change AS (INSERT INTO auth.changes (kind) VALUES ('keys'))
       UPDATE auth.signing_keys SET status = 'revoked'`,
    );
    await changes.catchUp();
    expect(cache.get(token)).toBeUndefined();
    // What the old key verifies before the new keys are read is not believed afterwards.
    await here.ring.reload();
    expect(cache.get(token)).toBeUndefined();
    expect(await outcomeOf(tokens, token)).toBe('refused');
  });

  it('JW-13: does not believe what a key verified between its revocation and the read of the keys', async () => {
    const { tokens, cache, ring, dataSource } = await booted();
    const { token } = tokens.mint(subject());
    await dataSource.query(`UPDATE auth.signing_keys SET status = 'revoked'`);
    cache.onChange({ kind: 'keys' });
    const reading = ring.reload();
    await tokens.verify(token);
    expect(cache.get(token)).toBeDefined();
    await reading;
    expect(cache.get(token)).toBeUndefined();
  });

  it('forgets everything when the change feed was disconnected, and nothing on other changes', async () => {
    const { tokens, cache } = await booted();
    const { token } = tokens.mint(subject());
    await tokens.verify(token);
    cache.onChange({ kind: 'authority' });
    cache.onChange({ kind: 'session_revoked', sessionId: subject().sessionId });
    expect(cache.get(token)).toBeDefined();
    cache.onReconnect();
    expect(cache.get(token)).toBeUndefined();
  });
});
