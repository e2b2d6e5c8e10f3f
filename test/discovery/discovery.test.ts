import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import request from 'supertest';
import { DiscoveryController } from '../../src/discovery/discovery.controller';
import { DiscoveryService } from '../../src/discovery/discovery.service';
import { ProblemFilter } from '../../src/errors/problem.filter';
import { KeyRing } from '../../src/keys/key-ring';
import { KeysService } from '../../src/keys/keys.service';
import { ResolvedAuthOptions } from '../../src/options/auth-options';
import { StructuralAuthOptions } from '../../src/options/structural-options';
import { AccessTokens } from '../../src/tokens/access-tokens';
import { ORIGIN, startAuthApp, type AuthApp } from '../support/auth-app';
import { testOptions } from '../support/auth-options';
import { subject } from '../tokens/token-store';

describe('what others need to verify our tokens', () => {
  let app: AuthApp;

  beforeAll(async () => {
    app = await startAuthApp();
  });

  afterAll(() => app.close());

  function mint(): string {
    return app.nest.get(AccessTokens, { strict: false }).mint(subject()).token;
  }

  const keys = () => app.nest.get(KeysService, { strict: false });
  const ring = () => app.nest.get(KeyRing, { strict: false });

  async function publishedKids(): Promise<string[]> {
    const { body } = await app.get('/.well-known/jwks.json').expect(200);
    return (body as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
  }

  it('CR-3: the key set shows public members only, to anybody, and may be cached for five minutes', async () => {
    const answer = await app.get('/.well-known/jwks.json').expect(200);
    expect(answer.headers['content-type']).toMatch(/^application\/jwk-set\+json\b/);
    expect(answer.headers['cache-control']).toBe('public, max-age=300');
    expect(answer.headers['set-cookie']).toBeUndefined();
    const { keys, ...more } = JSON.parse(answer.text) as { keys: Record<string, string>[] };
    expect(more).toEqual({});
    expect(keys).toEqual([
      {
        kty: 'EC',
        crv: 'P-256',
        x: expect.stringMatching(/^[\w-]{43}$/),
        y: expect.stringMatching(/^[\w-]{43}$/),
        use: 'sig',
        alg: 'ES256',
        kid: expect.stringMatching(/^[\w-]{43}$/),
      },
    ]);
  });

  it('the metadata names what exists, and nothing that does not', async () => {
    const answer = await app.get('/.well-known/oauth-authorization-server').expect(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json\b/);
    expect(answer.headers['cache-control']).toBe('public, max-age=300');
    expect(answer.body).toEqual({
      issuer: ORIGIN,
      jwks_uri: `${ORIGIN}/.well-known/jwks.json`,
      introspection_endpoint: `${ORIGIN}/auth/introspect`,
      introspection_endpoint_auth_methods_supported: ['Bearer'],
      revocation_endpoint: `${ORIGIN}/auth/revoke`,
      revocation_endpoint_auth_methods_supported: ['none'],
    });
    const metadata = answer.body as Record<string, string>;
    await app.get(new URL(metadata['jwks_uri']!).pathname).expect(200);
    for (const member of ['introspection_endpoint', 'revocation_endpoint']) {
      await app.post(new URL(metadata[member]!).pathname).expect(415);
    }
  });

  it('the documents stand outside the prefix of our other routes', async () => {
    await app.get('/auth/.well-known/jwks.json').expect(404);
    await app.get('/auth/.well-known/oauth-authorization-server').expect(404);
  });

  it('an issuer below a path has everything below it, and the metadata where RFC 8414 §3.1 looks', async () => {
    const issuer = 'https://example.org/shop/api';
    const other = await startAuthApp({ options: { issuer }, structure: { prefix: 'identity' } });
    try {
      const below = '/.well-known/oauth-authorization-server';
      const { body } = await other.get(`${below}/shop/api`).expect(200);
      expect(body).toMatchObject({
        issuer,
        jwks_uri: `${issuer}/.well-known/jwks.json`,
        introspection_endpoint: `${issuer}/identity/introspect`,
        revocation_endpoint: `${issuer}/identity/revoke`,
      });
      expect((await other.get(below).expect(200)).body).toEqual(body);
      for (const path of ['/shop', '/shop/api/v2', '/shop/api/', '/Shop/api', '/shop%2Fapi']) {
        expect([path, (await other.get(`${below}${path}`)).status]).toEqual([path, 404]);
      }
    } finally {
      await other.close();
    }
  });

  it('an application that has the path itself leaves the metadata out of its prefix', async () => {
    const issuer = 'https://example.org/shop/api';
    const other = await startAuthApp({
      options: { issuer },
      prepare: (nest) => {
        const exclude = ['.well-known/oauth-authorization-server/*path'];
        nest.setGlobalPrefix('shop/api', { exclude });
      },
    });
    try {
      const found = await other.get('/.well-known/oauth-authorization-server/shop/api').expect(200);
      const { jwks_uri: keys, revocation_endpoint: revoke } = found.body as Record<string, string>;
      await other.get(new URL(keys!).pathname).expect(200);
      await other.post(new URL(revoke!).pathname).expect(415);
    } finally {
      await other.close();
    }
  });

  it('without a path there is nothing behind the well-known segment', async () => {
    const answer = await app.get('/.well-known/oauth-authorization-server/shop').expect(404);
    expect(answer.body).toMatchObject({ code: 'not_found' });
  });

  it('a foreign verifier that starts from the metadata verifies a token of ours', async () => {
    const { body } = await app.get('/.well-known/oauth-authorization-server');
    const metadata = body as { issuer: string; jwks_uri: string };
    const keys = createRemoteJWKSet(new URL(new URL(metadata.jwks_uri).pathname, app.url));
    const { payload } = await jwtVerify(mint(), keys, {
      issuer: metadata.issuer,
      audience: ORIGIN,
      typ: 'at+jwt',
      algorithms: ['ES256'],
    });
    expect(payload.iss).toBe(metadata.issuer);
  });

  it('CR-3: a retired key stays published, and a revoked one does not', async () => {
    const [first] = await publishedKids();
    const token = mint();
    await keys().rotate({}, { now: true });
    await ring().reload();
    expect(await publishedKids()).toEqual([expect.not.stringMatching(first!), first]);
    const keySet = createRemoteJWKSet(new URL('/.well-known/jwks.json', app.url));
    await expect(jwtVerify(token, keySet)).resolves.toHaveProperty('payload.iss', ORIGIN);

    const [second] = await publishedKids();
    await keys().revoke(second!, {});
    await ring().reload();
    const published = await publishedKids();
    expect(published).toHaveLength(2);
    expect(published).toContain(first);
    expect(published).not.toContain(second);
  });

  it('answers the same on Fastify', async () => {
    const module = await Test.createTestingModule({
      controllers: [DiscoveryController],
      providers: [
        DiscoveryService,
        { provide: KeyRing, useValue: app.nest.get(KeyRing, { strict: false }) },
        { provide: ResolvedAuthOptions, useValue: testOptions() },
        { provide: StructuralAuthOptions, useValue: {} },
      ],
    })
      .overrideFilter(ProblemFilter)
      .useValue(app.nest.get(ProblemFilter, { strict: false }))
      .compile();
    const fastify = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
      logger: false,
    });
    await fastify.listen(0, '127.0.0.1');
    try {
      const agent = request(await fastify.getUrl());
      for (const path of ['/.well-known/jwks.json', '/.well-known/oauth-authorization-server']) {
        const [there, here] = [await agent.get(path).expect(200), await app.get(path).expect(200)];
        expect(JSON.parse(there.text)).toEqual(JSON.parse(here.text));
        expect(there.headers['cache-control']).toBe(here.headers['cache-control']);
        const mediaType = (answer: request.Response) =>
          answer.headers['content-type']?.split(';')[0];
        expect(mediaType(there)).toBe(mediaType(here));
      }
    } finally {
      await fastify.close();
    }
  });
});
