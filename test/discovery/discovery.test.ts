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

  it('the metadata names the issuer and where its keys are, and nothing that does not exist', async () => {
    const answer = await app.get('/.well-known/oauth-authorization-server').expect(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json\b/);
    expect(answer.headers['cache-control']).toBe('public, max-age=300');
    expect(answer.body).toEqual({ issuer: ORIGIN, jwks_uri: `${ORIGIN}/.well-known/jwks.json` });
    await app.get(new URL((answer.body as { jwks_uri: string }).jwks_uri).pathname).expect(200);
  });

  it('the documents stand outside the prefix of our other routes', async () => {
    await app.get('/auth/.well-known/jwks.json').expect(404);
    await app.get('/auth/.well-known/oauth-authorization-server').expect(404);
  });

  it('an issuer below a path has its keys below that path', () => {
    const options = testOptions({ issuer: 'https://example.org/shop/api' });
    const discovery = new DiscoveryService(app.nest.get(KeyRing, { strict: false }), options);
    expect(discovery.metadata()).toEqual({
      issuer: 'https://example.org/shop/api',
      jwks_uri: 'https://example.org/shop/api/.well-known/jwks.json',
    });
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
