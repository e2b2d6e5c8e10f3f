import { constants, createHmac, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../src/options/signing-key-options';
import { cloneDatabase, type TestDatabase } from '../support/database';
import {
  bootTokenStore,
  decode,
  encode,
  outcomeOf,
  partsOf,
  subject,
  type TokenStore,
} from './token-store';

const ISSUER = 'https://api.example.org';
const ASYMMETRIC = ['ES256', 'RS256', 'PS256'] as const;

/** Signs as an algorithm does (RFC 7518 §3), whatever the key; undefined where that is impossible. */
function signature(algorithm: SigningAlgorithm, input: string, key: KeyObject) {
  const bytes = Buffer.from(input);
  try {
    switch (algorithm) {
      case 'HS256':
        return createHmac('sha256', key).update(bytes).digest();
      case 'ES256':
        return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' });
      case 'RS256':
        return sign('sha256', bytes, { key, padding: constants.RSA_PKCS1_PADDING });
      case 'PS256':
        return signPss(bytes, key, constants.RSA_PSS_SALTLEN_DIGEST);
    }
  } catch {
    return undefined;
  }
}

function signPss(bytes: Buffer, key: KeyObject, saltLength: number): Buffer {
  return sign('sha256', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}

/** Every text and byte string of a public key that a careless verifier might MAC with. */
function spellingsOf(publicKey: KeyObject): (string | Buffer)[] {
  const jwk = publicKey.export({ format: 'jwk' });
  const pems = [publicKey.export({ type: 'spki', format: 'pem' }).toString()];
  const ders = [publicKey.export({ type: 'spki', format: 'der' })];
  if (publicKey.asymmetricKeyType === 'rsa') {
    pems.push(publicKey.export({ type: 'pkcs1', format: 'pem' }).toString());
    ders.push(publicKey.export({ type: 'pkcs1', format: 'der' }));
  }
  const members = [jwk.n, jwk.e, jwk.x, jwk.y].filter((member) => member !== undefined);
  return [
    ...pems.flatMap((pem) => [pem, pem.trim(), `\n${pem}`, ` ${pem}`, `\ufeff${pem}`]),
    ...pems.flatMap((pem) => [pem.replaceAll('\n', '\r\n'), pem.replaceAll('\n', '')]),
    ...pems.map((pem) => pem.split('\n').slice(1, -2).join('')),
    ...ders.flatMap((der) => [der, der.toString('base64'), der.toString('hex')]),
    ...[JSON.stringify(jwk), JSON.stringify({ keys: [jwk] }), JSON.stringify(jwk, null, 2)],
    ...members.flatMap((member) => [member, Buffer.from(member, 'base64url')]),
    '',
  ];
}

describe('access tokens of each algorithm', () => {
  let database: TestDatabase;
  const stores = new Map<SigningAlgorithm, TokenStore>();

  beforeAll(async () => {
    database = await cloneDatabase();
    // One deployment that went through every algorithm: the tokens of each are still alive.
    for (const algorithm of SIGNING_ALGORITHMS) {
      const store = await bootTokenStore(database.url, { signingKeys: { algorithm } });
      if (store.ring.signingKey().algorithm !== algorithm) {
        await store.service.rotate({}, { now: true });
        await store.ring.reload();
      }
      stores.set(algorithm, store);
      minted.set(algorithm, store.tokens.mint(subject()).token);
      keys.set(algorithm, store.ring.signingKey().key);
    }
    for (const { ring } of stores.values()) await ring.reload();
  }, 60_000);

  const minted = new Map<SigningAlgorithm, string>();
  const keys = new Map<SigningAlgorithm, KeyObject>();

  afterAll(async () => {
    for (const store of stores.values()) await store.close();
    await database.drop();
  });

  /** The instance that is measured: the one of the last algorithm. */
  const tokens = () => stores.get('HS256')!.tokens;
  const ring = () => stores.get('HS256')!.ring;

  async function expectRefused(forgeries: readonly (string | undefined)[]): Promise<void> {
    const accepted: string[] = [];
    for (const forgery of forgeries.filter((one) => one !== undefined)) {
      if ((await outcomeOf(tokens(), forgery)) !== 'refused') accepted.push(forgery);
    }
    expect(forgeries.length).toBeGreaterThan(0);
    expect(accepted).toEqual([]);
  }

  /** A token of an algorithm with other members in its header, before it is signed. */
  function inputOf(algorithm: SigningAlgorithm, header: object): string {
    const [head, payload] = partsOf(minted.get(algorithm)!);
    return `${encode({ ...decode(head), ...header })}.${payload}`;
  }

  it.each(SIGNING_ALGORITHMS)(
    'CR-2: %s counts with its own key, and is made by the rules',
    async (alg) => {
      const token = minted.get(alg)!;
      const verified = await tokens().verify(token);
      const { kid } = decodeProtectedHeader(token);
      expect(decodeProtectedHeader(token)).toEqual({ alg, typ: 'at+jwt', kid });
      expect(verified.keyId).toBe(kid);
      const again = signature(alg, inputOf(alg, {}), keys.get(alg)!)!;
      expect(
        await outcomeOf(tokens(), `${inputOf(alg, {})}.${again.toString('base64url')}`),
      ).toEqual(verified);
    },
  );

  it.each(ASYMMETRIC)('CR-3: %s is verified by jose against the published key set', async (alg) => {
    const set = createLocalJWKSet({
      keys: ring()
        .publicKeys()
        .map((key) => ({ ...key })),
    });
    const { payload } = await jwtVerify(minted.get(alg)!, set, {
      algorithms: [alg],
      issuer: ISSUER,
      typ: 'at+jwt',
      currentDate: new Date(stores.get(alg)!.clock.now()),
    });
    expect(payload.iss).toBe(ISSUER);
  });

  it('CR-3: an HS256 key is in no key set', () => {
    expect(ring().signingKey().algorithm).toBe('HS256');
    const published = ring().publicKeys();
    expect(published.map(({ alg }) => alg).sort()).toEqual(['ES256', 'PS256', 'RS256']);
    expect(JSON.stringify(published)).not.toMatch(/"oct"|"k":/);
  });

  it.each(SIGNING_ALGORITHMS)('JW-2: a key of %s verifies no other algorithm', async (own) => {
    const others = ['none', 'HS384', 'RS512', 'PS512', 'ES384', 'EdDSA', ...SIGNING_ALGORITHMS];
    await expectRefused(
      others
        .filter((alg) => alg !== own)
        .flatMap((alg) => {
          const input = inputOf(own, { alg });
          const made = SIGNING_ALGORITHMS.flatMap((how) => {
            const bytes = signature(how, input, keys.get(own)!);
            return bytes === undefined ? [] : `${input}.${bytes.toString('base64url')}`;
          });
          return [...made, `${input}.`, `${input}.${partsOf(minted.get(own)!)[2]}`];
        }),
    );
  });

  it.each(SIGNING_ALGORITHMS)('JW-2: %s counts with the key of no other algorithm', async (alg) => {
    const others = SIGNING_ALGORITHMS.filter((other) => other !== alg);
    await expectRefused(
      others.flatMap((other) => {
        const { kid } = decodeProtectedHeader(minted.get(other)!);
        const input = inputOf(alg, { kid });
        return [keys.get(alg)!, keys.get(other)!].map((key) => {
          const bytes = signature(alg, input, key);
          return bytes && `${input}.${bytes.toString('base64url')}`;
        });
      }),
    );
  });

  it.each(ASYMMETRIC)(
    'JW-3: MACed with any spelling of a public key of %s is refused, also under the name of a secret',
    async (alg) => {
      const { kid: secret } = decodeProtectedHeader(minted.get('HS256')!);
      const { kid: own } = decodeProtectedHeader(minted.get(alg)!);
      await expectRefused(
        spellingsOf(createPublicKey(keys.get(alg)!)).flatMap((spelling) =>
          [own, secret].flatMap((kid) =>
            ['HS256', 'HS512', alg].map((named) => {
              const input = inputOf(alg, { alg: named, kid });
              const digest = named === 'HS512' ? 'sha512' : 'sha256';
              const mac = createHmac(digest, spelling).update(input).digest('base64url');
              return `${input}.${mac}`;
            }),
          ),
        ),
      );
    },
  );

  it('JW-1: PS256 with a salt of another length than its digest is refused', async () => {
    const input = inputOf('PS256', {});
    const { RSA_PSS_SALTLEN_DIGEST, RSA_PSS_SALTLEN_MAX_SIGN } = constants;
    const withSalt = (length: number) =>
      `${input}.${signPss(Buffer.from(input), keys.get('PS256')!, length).toString('base64url')}`;
    expect(await outcomeOf(tokens(), withSalt(RSA_PSS_SALTLEN_DIGEST))).not.toBe('refused');
    await expectRefused([0, 16, 31, 33, 64, RSA_PSS_SALTLEN_MAX_SIGN].map(withSalt));
  });

  it.each(SIGNING_ALGORITHMS)('JW-1: %s with any byte changed is refused', async (alg) => {
    const parts = partsOf(minted.get(alg)!);
    const forgeries = parts.flatMap((part, index) => {
      const bytes = Buffer.from(part, 'base64url');
      return [0, bytes.length >> 1, bytes.length - 1].map((at) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1;
        return parts.with(index, changed.toString('base64url')).join('.');
      });
    });
    await expectRefused([...forgeries, `${parts[0]}.${parts[1]}.`]);
  });

  it('each is as short as its signature allows: JW-12', () => {
    const lengths = SIGNING_ALGORITHMS.map((alg) => minted.get(alg)!.length);
    expect(Math.max(...lengths)).toBeLessThan(1300);
  });
});
