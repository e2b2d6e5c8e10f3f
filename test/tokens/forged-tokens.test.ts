import { createHmac, randomBytes, sign, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactEncrypt } from 'jose';
import { generateKeyMaterial } from '../../src/keys/key-material';
import type { EcPublicMembers } from '../../src/keys/signing-key';
import { SecretKeys } from '../../src/options/secret-keys';
import { RefreshTokens } from '../../src/tokens/refresh-token';
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

describe('a forged access token', () => {
  let database: TestDatabase;
  let store: TokenStore;
  let header: string;
  let payload: string;
  let signature: string;
  let token: string;
  let privateKey: KeyObject;

  beforeAll(async () => {
    database = await cloneDatabase();
    store = await bootTokenStore(database.url);
    ({ token } = store.tokens.mint(subject()));
    [header, payload, signature] = partsOf(token);
    privateKey = store.ring.signingKey().key;
  });

  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  /** Each is refused; the list of those that were not says which. */
  async function expectRefused(forgeries: Iterable<string>): Promise<void> {
    const accepted: string[] = [];
    for (const forgery of forgeries) {
      if ((await outcomeOf(store.tokens, forgery)) !== 'refused') accepted.push(forgery);
    }
    expect(accepted).toEqual([]);
  }

  const withHeader = (members: object) => ({ ...decode(header), ...members });

  it('is measured against a token that counts', async () => {
    expect(await outcomeOf(store.tokens, token)).not.toBe('refused');
    expect(await outcomeOf(store.tokens, signEs256(header, payload, privateKey))).not.toBe(
      'refused',
    );
  });

  it('JW-1: with any bit of header, payload or signature changed is refused', async () => {
    const forgeries: string[] = [];
    [header, payload, signature].forEach((segment, index) => {
      const bytes = Buffer.from(segment, 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit += 3) {
        const changed = Buffer.from(bytes);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const parts = [header, payload, signature];
        parts[index] = changed.toString('base64url');
        forgeries.push(parts.join('.'));
      }
    });
    await expectRefused(forgeries);
  });

  it('JW-1: without a signature, or with another number of parts, is refused', async () => {
    await expectRefused([
      '',
      '.',
      '..',
      '...',
      '....',
      token.slice(0, -1),
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `${header}..${signature}`,
      `.${payload}.${signature}`,
      `${token}.`,
      `.${token}`,
      `${token}.${signature}`,
      `${token}..`,
      `${header}.${payload}.${signature}.${payload}.${signature}`,
      `${header}.${payload}.${'A'.repeat(86)}`,
      `${header}.${payload}.${signature}${signature}`,
    ]);
  });

  it('JW-1: with the signature of another token, or of another key, is refused', async () => {
    const other = partsOf(store.tokens.mint(subject()).token);
    const stranger = await generateKeyMaterial('ES256');
    await expectRefused([
      `${header}.${payload}.${other[2]}`,
      `${header}.${other[1]}.${signature}`,
      signEs256(header, payload, stranger.signing.key),
      signEs256(encode(withHeader({ kid: stranger.signing.kid })), payload, stranger.signing.key),
    ]);
  });

  it('JW-2: with any other algorithm in its header is refused, however it is signed', async () => {
    const algorithms = [
      ...['none', 'None', 'nOnE', 'NONE', '', ' ', null, undefined, 0, 256, true, {}],
      ...[['ES256'], ['ES256', 'none'], 'es256', 'ES256 ', ' ES256', 'ES256\0', 'ES256K'],
      ...['ES384', 'ES512', 'EdDSA', 'Ed25519', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384'],
      ...['PS512', 'HS256', 'HS384', 'HS512', 'PBES2-HS256+A128KW', 'dir', 'ECDH-ES', 'RSA-OAEP'],
      ...['__proto__', 'constructor', 'toString'],
    ];
    await expectRefused(
      algorithms.flatMap((alg) => {
        const changed = encode(withHeader({ alg }));
        return [
          `${changed}.${payload}.`,
          `${changed}.${payload}.${signature}`,
          signEs256(changed, payload, privateKey),
        ];
      }),
    );
  });

  it('JW-2: that is encrypted instead of signed is refused', async () => {
    const jwe = await new CompactEncrypt(Buffer.from(payload, 'base64url'))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt', kid: 'x' })
      .encrypt(randomBytes(32));
    expect(jwe.split('.')).toHaveLength(5);
    await expectRefused([jwe]);
  });

  it('JW-3: MACed with any spelling of our public key is refused', async () => {
    const publicKey = store.ring.verificationKey(store.ring.signingKey().kid)!.key;
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const jwk = store.ring.publicKeys()[0] as EcPublicMembers & { kid: string };
    const point = Buffer.concat([
      Buffer.from([4]),
      Buffer.from(jwk.x, 'base64url'),
      Buffer.from(jwk.y, 'base64url'),
    ]);
    const secrets: (string | Buffer)[] = [
      ...[pem, pem.trim(), `\n${pem}`, ` ${pem}`, `\ufeff${pem}`, pem.replaceAll('\n', '\r\n')],
      ...[pem.replaceAll('\n', ''), pem.split('\n').slice(1, -2).join(''), pem.toLowerCase()],
      ...[der, der.toString('base64'), der.toString('base64url'), der.toString('hex')],
      ...[JSON.stringify(jwk), JSON.stringify({ keys: [jwk] }), JSON.stringify(jwk, null, 2)],
      ...[JSON.stringify({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y })],
      ...[point, point.subarray(1), jwk.x, jwk.y, Buffer.from(jwk.x, 'base64url'), jwk.kid, ''],
    ];
    await expectRefused(
      secrets.flatMap((secret) =>
        [256, 384, 512].flatMap((bits) =>
          [`HS${bits}`, 'ES256', 'RS256', undefined].map((alg) => {
            const input = `${encode(withHeader({ alg }))}.${payload}`;
            const mac = createHmac(`sha${bits}`, secret).update(input).digest('base64url');
            return `${input}.${mac}`;
          }),
        ),
      ),
    );
  });

  it('JW-4: that brings its own key is refused, and nobody is asked for one', async () => {
    let requests = 0;
    const listener = createServer((_, response) => {
      requests += 1;
      response.end('{"keys":[]}');
    });
    await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready));
    const { port } = listener.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/keys`;
    const own = await generateKeyMaterial('ES256');
    const certificate = own.verification.key.export({ type: 'spki', format: 'der' });
    try {
      const headers = [
        { jwk: own.publicJwk },
        { jwk: own.publicJwk, kid: own.signing.kid },
        { jwk: own.publicJwk, kid: undefined },
        { jku: url },
        { jku: url, kid: own.signing.kid },
        { x5u: url },
        { x5c: [certificate.toString('base64')] },
        { x5t: 'x', 'x5t#S256': 'x' },
        { kid: url },
        { iss: url },
      ];
      await expectRefused(
        headers.flatMap((members) =>
          [own.signing.key, privateKey].map((key) =>
            signEs256(encode(withHeader(members)), payload, key),
          ),
        ),
      );
      expect(requests).toBe(0);
    } finally {
      await new Promise((closed) => listener.close(closed));
    }
  });

  it('JW-4: with a kid that is a path, SQL, an address or of another type is refused, without a read', async () => {
    // A read would be possible again: an earlier unknown key does not stand in its way.
    store.clock.advanceSeconds(2);
    const load = jest.spyOn(store.loader, 'load');
    const kids: unknown[] = [
      ...['../../dev/null', '/dev/null', "' OR 1=1--", 'https://evil.example/', '__proto__', ''],
      ...['constructor', 'k'.repeat(42), 'k'.repeat(44), 'k'.repeat(5000), `${'k'.repeat(42)}\n`],
      ...['k'.repeat(1_000_000), 7, 0, null, undefined, true, [], {}, ['x'], { toString: 'x' }],
      [decode(header)['kid']],
    ];
    await expectRefused(
      kids.map((kid) => signEs256(encode(withHeader({ kid })), payload, privateKey)),
    );
    expect(load).not.toHaveBeenCalled();
  });

  it('JW-6: of another type is refused, though we signed it', async () => {
    const types = [
      'JWT',
      'jwt',
      'at+JWT',
      'AT+JWT',
      'application/at+jwt',
      'rt+jwt',
      'logout+jwt',
      '',
    ];
    const others = [...types, 'id_token', 'dpop+jwt', null, undefined, ['at+jwt'], 'at+jwt '];
    await expectRefused(
      others.map((typ) => signEs256(encode(withHeader({ typ })), payload, privateKey)),
    );
  });

  it('JW-6: a refresh token is no access token, nor the other way round', async () => {
    const refreshTokens = new RefreshTokens(new SecretKeys(store.options), store.options);
    const refreshToken = refreshTokens.encode({
      sessionId: subject().sessionId,
      familySecret: randomBytes(16),
      counter: 0,
    });
    await expectRefused([refreshToken, `${header}.${refreshToken}.${signature}`]);
    expect(refreshTokens.decode(token)).toBeUndefined();
  });

  it('JW-9: with crit, b64, zip or any other member in its header is refused', async () => {
    const members = [
      { crit: ['x'] },
      { crit: [] },
      { crit: ['b64'], b64: false },
      { b64: false },
      { b64: true },
      { zip: 'DEF' },
      { cty: 'JWT' },
      { nonce: 'x' },
      { '': '' },
    ];
    await expectRefused(
      members.map((more) => signEs256(encode(withHeader(more)), payload, privateKey)),
    );
  });

  it('JW-9: with a member twice is refused, though we signed it', async () => {
    const claims = Buffer.from(payload, 'base64url').toString();
    const head = Buffer.from(header, 'base64url').toString();
    const doubled = ['sub', 'sid', 'exp', 'aud', 'ae'].flatMap((name) => [
      claims.replace('{', `{"${name}":${JSON.stringify(decode(payload)[name])},`),
      claims.replace('{', `{"${name}":"x",`),
      claims.replace(/}$/, `,"${name}":"x"}`),
      claims.replace('{', `{"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}":"x",`),
    ]);
    const heads = ['alg', 'typ', 'kid'].flatMap((name) => [
      head.replace('{', `{"${name}":"none",`),
      head.replace(/}$/, `,"${name}":${JSON.stringify(decode(header)[name])}}`),
    ]);
    await expectRefused([
      ...doubled.map((text) => signEs256(header, encode(text), privateKey)),
      ...heads.map((text) => signEs256(encode(text), payload, privateKey)),
    ]);
  });

  it('JW-9: in another spelling of the same JSON is refused, though we signed it', async () => {
    const claims = Buffer.from(payload, 'base64url').toString();
    const head = Buffer.from(header, 'base64url').toString();
    const respelt = (text: string) => [
      ` ${text}`,
      `${text}\n`,
      `\ufeff${text}`,
      text.replace(':', ': '),
      JSON.stringify(JSON.parse(text), null, 1),
      text.replace(/"(.)/, (_, first: string) => `"\\u00${first.charCodeAt(0).toString(16)}`),
      JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object).reverse())),
    ];
    await expectRefused([
      ...respelt(claims)
        .slice(0, -1)
        .map((text) => signEs256(header, encode(text), privateKey)),
      ...respelt(head).map((text) => signEs256(encode(text), payload, privateKey)),
      // Bytes that are no UTF-8 would otherwise read as U+FFFD.
      signEs256(
        header,
        encode(
          Buffer.concat([Buffer.from(claims.slice(0, -2)), Buffer.from([0xff]), Buffer.from('"}')]),
        ),
        privateKey,
      ),
    ]);
  });

  it('signed with a signature of another shape is refused', async () => {
    const input = Buffer.from(`${header}.${payload}`);
    const der = sign('sha256', input, privateKey);
    const raw = Buffer.from(signature, 'base64url');
    await expectRefused(
      [
        der,
        Buffer.alloc(64),
        Buffer.concat([raw.subarray(0, 32), Buffer.alloc(32)]),
        Buffer.concat([Buffer.alloc(32), raw.subarray(32)]),
        Buffer.concat([Buffer.alloc(1), raw]),
        Buffer.concat([raw, Buffer.alloc(1)]),
        sign('sha512', input, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
      ].map((bytes) => `${header}.${payload}.${bytes.toString('base64url')}`),
    );
  });

  describe('JW-14: of any size', () => {
    it.each([
      ['8 KB', 'a'.repeat(8193)],
      ['64 KB of a real header and payload', 64],
      ['1 MB of a real header and payload', 1024],
      ['100,000 dots', '.'.repeat(100_000)],
      ['8,000 dots', '.'.repeat(8000)],
      ['a million opening brackets', Buffer.from('['.repeat(1_000_000)).toString('base64url')],
      [
        '6,000 opening brackets as header',
        `${Buffer.from('['.repeat(4000)).toString('base64url')}.e30.AA`,
      ],
    ])('is refused within milliseconds: %s', async (_, given) => {
      const long =
        typeof given === 'number' ? `${header}.${'A'.repeat(given * 1024)}.${signature}` : given;
      await expectRefused([long]);
      const startedAt = performance.now();
      for (let count = 0; count < 20; count += 1) {
        expect(() => void store.tokens.verify(long)).toThrow();
      }
      expect((performance.now() - startedAt) / 20).toBeLessThan(20);
    });

    it('is refused before anything reads it, though we signed it', async () => {
      const padded = { ...decode(payload), padding: 'x'.repeat(8192) };
      await expectRefused([signEs256(header, encode(padded), privateKey)]);
      const fits = { ...decode(payload), padding: 'x'.repeat(5000) };
      const { keyId } = await store.tokens.verify(signEs256(header, encode(fits), privateKey));
      expect(keyId).toBe(store.ring.signingKey().kid);
    });
  });
});
