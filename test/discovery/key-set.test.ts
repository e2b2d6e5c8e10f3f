import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import { KeyRing } from '../../src/keys/key-ring';
import { KeysService } from '../../src/keys/keys.service';
import { AccessTokens } from '../../src/tokens/access-tokens';
import { ORIGIN, startAuthApp, type AuthApp } from '../support/auth-app';
import { subject } from '../tokens/token-store';

const DAY = 86_400;

/** What a foreign server verifies with. */
interface ForeignVerifier {
  verifies(token: string): Promise<boolean>;
  /** How often it asked for the key set. */
  readonly requests: () => number;
}

describe('a foreign server with a copy of the key set', () => {
  let app: AuthApp;

  beforeAll(async () => {
    app = await startAuthApp();
  });

  afterAll(() => app.close());

  const service = () => app.nest.get(KeysService, { strict: false });
  const ring = () => app.nest.get(KeyRing, { strict: false });

  function mint(): string {
    return app.nest.get(AccessTokens, { strict: false }).mint(subject()).token;
  }

  /** `stubborn`: it keeps its copy whatever a token names, as long as the copy may be kept. */
  async function verifier(kind: 'stubborn' | 'curious'): Promise<ForeignVerifier> {
    let requests = 0;
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', app.url), {
      cooldownDuration: kind === 'stubborn' ? Number.POSITIVE_INFINITY : 0,
      [customFetch]: (url, options) => {
        requests += 1;
        return fetch(url, options);
      },
    });
    const verifies = (token: string) =>
      jwtVerify(token, keys, { issuer: ORIGIN, audience: ORIGIN, typ: 'at+jwt' }).then(
        () => true,
        () => false,
      );
    await verifies(mint());
    return { verifies, requests: () => requests };
  }

  async function age(kid: string, seconds: number): Promise<void> {
    await app.sql(
      `UPDATE auth.signing_keys SET activates_at = activates_at - $2::interval,
         retired_at = retired_at - $2::interval WHERE kid = $1`,
      [kid, `${seconds} seconds`],
    );
    await ring().reload();
  }

  it('CR-2, CR-3: verifies every token of a whole rotation, if its copy is of after the publication', async () => {
    const old = ring().signingKey().kid;
    const tokens = [mint()];
    const early = await verifier('stubborn');
    const { kid } = await service().rotate({});
    await ring().reload();
    const copy = await verifier('stubborn');
    tokens.push(mint());
    await age(kid, DAY + 1);
    expect(await service().advance()).toBe(true);
    await ring().reload();
    expect(ring().signingKey().kid).toBe(kid);
    tokens.push(mint());
    const late = await verifier('stubborn');

    for (const token of tokens) {
      for (const one of [copy, late]) expect(await one.verifies(token)).toBe(true);
    }
    expect([copy.requests(), late.requests()]).toEqual([1, 1]);
    // The measure is one that can fail: a copy of before the publication misses the key.
    expect(await early.verifies(tokens[2]!)).toBe(false);
    const curious = await verifier('curious');
    expect(await curious.verifies(tokens[2]!)).toBe(true);

    await age(old, 671);
    expect(await (await verifier('stubborn')).verifies(tokens[0]!)).toBe(false);
    expect(await (await verifier('stubborn')).verifies(tokens[2]!)).toBe(true);
  });

  it('CR-2: misses a key that signs at once until it looks again', async () => {
    const [stubborn, curious] = [await verifier('stubborn'), await verifier('curious')];
    await service().rotate({}, { now: true });
    await ring().reload();
    const token = mint();
    expect(await stubborn.verifies(token)).toBe(false);
    expect(await curious.verifies(token)).toBe(true);
    expect([stubborn.requests(), curious.requests()]).toEqual([1, 2]);
  });

  it('keeps it for five minutes, and is told so', async () => {
    const answer = await app.get('/.well-known/jwks.json').expect(200);
    expect(answer.headers['cache-control']).toBe('public, max-age=300');
  });
});
