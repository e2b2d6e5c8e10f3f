import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ErrorRequestHandler, Express } from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import request from 'supertest';
import { introspectingApi } from '../../examples/resource-server/introspecting';
import { verifyingApi } from '../../examples/resource-server/verifying';
import type { AuthApp } from '../support/auth-app';
import { startFrontProxy, type FrontProxy } from '../support/front-proxy';
import { BodyClient } from '../support/session-client';
import { BILLING, ORDERS, startTokenApp } from './token-app';

const AUDIENCE = 'https://things.example.org';
/** The loopback has no TLS. The symbol is marked as deprecated, so that nobody uses it elsewhere. */
const LOOPBACK = { [Reflect.get(oauth, 'allowInsecureRequests') as symbol]: true };

/** Issuers with and without a path are looked for in different places (RFC 8414 §3.1). */
describe.each(['', '/shop/api'])('clients that are not ours, with an issuer below %j', (path) => {
  let proxy: FrontProxy;
  let app: AuthApp;
  let client: BodyClient;
  let issuer: string;

  beforeAll(async () => {
    proxy = await startFrontProxy(path);
    issuer = proxy.url;
    app = await startTokenApp({ options: { issuer, audience: AUDIENCE } });
    proxy.forwardTo(app.url);
    await app.createAccount('someone@example.org', 'reader');
  });

  beforeEach(async () => {
    client = new BodyClient(app);
    await client.login('someone@example.org');
  });

  afterAll(async () => {
    await app.close();
    await proxy.close();
  });

  async function discover(): Promise<oauth.AuthorizationServer> {
    const url = new URL(issuer);
    const response = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...LOOPBACK });
    return oauth.processDiscoveryResponse(url, response);
  }

  it('oauth4webapi: discovers, introspects by both methods and is refused with a wrong secret', async () => {
    const server = await discover();
    expect(server).toEqual({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      introspection_endpoint: `${issuer}/auth/introspect`,
      introspection_endpoint_auth_methods_supported: [
        'client_secret_basic',
        'client_secret_post',
        'Bearer',
      ],
      revocation_endpoint: `${issuer}/auth/revoke`,
      revocation_endpoint_auth_methods_supported: [
        'none',
        'client_secret_basic',
        'client_secret_post',
      ],
    });
    const ask = async (method: oauth.ClientAuth, token: string) => {
      const orders = { client_id: ORDERS.clientId };
      const response = await oauth.introspectionRequest(server, orders, method, token, LOOPBACK);
      return oauth.processIntrospectionResponse(server, orders, response);
    };
    for (const secret of [ORDERS.secret, ORDERS.previous]) {
      for (const method of [oauth.ClientSecretBasic(secret), oauth.ClientSecretPost(secret)]) {
        expect(await ask(method, client.accessToken)).toMatchObject({
          active: true,
          iss: issuer,
          aud: AUDIENCE,
        });
        expect(await ask(method, client.refreshToken)).toEqual({ active: false });
      }
    }
    await expect(ask(oauth.ClientSecretBasic('wrong'), 'x')).rejects.toMatchObject({
      code: oauth.WWW_AUTHENTICATE_CHALLENGE,
      status: 401,
      cause: [{ scheme: 'basic', parameters: { realm: 'oauth', charset: 'UTF-8' } }],
    });
  });

  it('oauth4webapi: a client whose name is an URL is read as RFC 6749 §2.3.1 encodes it', async () => {
    const server = await discover();
    const billing = { client_id: BILLING.clientId };
    const method = oauth.ClientSecretBasic(BILLING.secret);
    const response = await oauth.introspectionRequest(server, billing, method, 'x', LOOPBACK);
    const answer = await oauth.processIntrospectionResponse(server, billing, response);
    expect(answer).toEqual({ active: false });
  });

  it('oauth4webapi: the holder of a token revokes it, and reads our errors as OAuth errors', async () => {
    const server = await discover();
    const revoke = async (token: string, clientId = 'web') => {
      const us = { client_id: clientId };
      const response = await oauth.revocationRequest(server, us, oauth.None(), token, LOOPBACK);
      return oauth.processRevocationResponse(response);
    };
    await revoke(client.refreshToken);
    expect((await client.refresh()).body.code).toBe('session_revoked');
    await revoke('what nobody issued');

    const method = oauth.ClientSecretPost(ORDERS.secret);
    const orders = { client_id: ORDERS.clientId };
    const refused = await oauth.revocationRequest(
      server,
      orders,
      method,
      client.refreshToken,
      LOOPBACK,
    );
    await expect(oauth.processRevocationResponse(refused)).rejects.toMatchObject({
      code: oauth.RESPONSE_BODY_ERROR,
      error: 'invalid_request',
      error_description: 'The token was issued to another client',
    });
  });

  it('JW-8: oauth4webapi: an access token is one of RFC 9068', async () => {
    const server = await discover();
    const asked = new Request('https://things.example.org/', {
      headers: { authorization: `Bearer ${client.accessToken}` },
    });
    const claims = await oauth.validateJwtAccessToken(server, asked, AUDIENCE, LOOPBACK);
    expect(claims).toMatchObject({ client_id: 'web', sid: client.sessionId });
    expect(claims.auth_time).toBeLessThanOrEqual(claims.iat);
    const elsewhere = oauth.validateJwtAccessToken(server, asked, 'https://other', LOOPBACK);
    await expect(elsewhere).rejects.toMatchObject({ code: oauth.JWT_CLAIM_COMPARISON });
  });

  it('JW-6: JW-7: jose: verifies by the remote key set, and minds type, issuer and audience', async () => {
    const { jwks_uri: uri = '' } = await discover();
    const keys = createRemoteJWKSet(new URL(uri));
    const rules = { issuer, audience: AUDIENCE, typ: 'at+jwt', algorithms: ['ES256'] };
    const { payload, protectedHeader } = await jwtVerify(client.accessToken, keys, rules);
    expect([payload.sid, protectedHeader.typ]).toEqual([client.sessionId, 'at+jwt']);
    for (const wrong of [{ issuer: `${issuer}/` }, { audience: issuer }, { typ: 'JWT' }]) {
      const verified = jwtVerify(client.accessToken, keys, { ...rules, ...wrong });
      await expect(verified).rejects.toMatchObject({ code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' });
    }
  });

  describe.each([
    [
      'express-oauth2-jwt-bearer: a foreign API that verifies',
      () => verifyingApi(issuer, AUDIENCE),
    ],
    [
      'oauth4webapi: a foreign API that introspects',
      () => {
        const { clientId, secret } = ORDERS;
        return introspectingApi({ issuer, clientId, secret, http: LOOPBACK });
      },
    ],
  ])('%s, and knows our address alone', (_, build) => {
    let foreign: Server;
    let url: string;

    beforeAll(async () => {
      const api = await build();
      foreign = api.use(answerQuietly).listen(0, '127.0.0.1');
      await new Promise((listening) => foreign.once('listening', listening));
      url = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/orders`;
    });

    afterAll(
      () =>
        new Promise((closed) => {
          foreign.closeAllConnections();
          foreign.close(closed);
        }),
    );

    const ask = async (token: string) => {
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      const text = await response.text();
      return {
        status: response.status,
        of: text === '' ? '' : (JSON.parse(text) as { of: string }).of,
      };
    };

    it('accepts a token of ours, and nothing else that we issue', async () => {
      const accepted = await ask(client.accessToken);
      const session = await client.get('/auth/session');
      const { id } = (session.body as { user: { id: string } }).user;
      expect(accepted).toEqual({ status: 200, of: id });
      expect((await ask(client.refreshToken)).status).toBe(401);
      expect((await ask(`${client.accessToken.slice(0, -4)}AAAA`)).status).toBe(401);
    });
  });

  it('JW-11: who introspects refuses a revoked token, and who verifies waits for `exp`', async () => {
    const { clientId, secret } = ORDERS;
    const asking = await introspectingApi({ issuer, clientId, secret, http: LOOPBACK });
    const status = async (api: Express) =>
      (await request(api).get('/orders').set('Authorization', `Bearer ${client.accessToken}`))
        .status;
    const apis = [asking, verifyingApi(issuer, AUDIENCE)];
    expect(await Promise.all(apis.map(status))).toEqual([200, 200]);
    await client.logout();
    expect(await Promise.all(apis.map(status))).toEqual([401, 200]);
  });
});

describe('the guide for resource servers', () => {
  it.each(['verifying', 'introspecting'])('shows %s.ts, which these tests run', (name) => {
    const guide = readFileSync('docs/resource-servers.md', 'utf8');
    const code = readFileSync(`examples/resource-server/${name}.ts`, 'utf8');
    expect(guide).toContain(`\n\`\`\`ts\n${code}\`\`\`\n`);
  });
});

const answerQuietly: ErrorRequestHandler = (
  error: { readonly status?: number },
  _request,
  answer,
  _next,
) => {
  answer.status(error.status ?? 500).end();
};
