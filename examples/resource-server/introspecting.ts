import express, { type Express, type RequestHandler } from 'express';
import * as oauth from 'oauth4webapi';

/** What the resource server is configured with. */
export interface Introspection {
  readonly issuer: string;
  readonly clientId: string;
  readonly secret: string;
  /** For the loopback without TLS: `{ [oauth.allowInsecureRequests]: true }`. */
  readonly http?: object;
}

/** Asks about the token of each request: a revocation counts within a second. */
export async function introspectingApi(given: Introspection): Promise<Express> {
  const ask = await introspector(given);
  const onlyActive: RequestHandler = async (request, answer, next) => {
    const token = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return void answer.status(401).set('www-authenticate', 'Bearer').end();
    const introspection = await ask(token).catch(() => undefined);
    // No answer is no permission: let the caller try again.
    if (introspection === undefined) return void answer.status(503).set('retry-after', '1').end();
    if (!introspection.active) {
      return void answer.status(401).set('www-authenticate', 'Bearer error="invalid_token"').end();
    }
    answer.locals['sub'] = introspection.sub;
    next();
  };
  const api = express();
  api.use(onlyActive);
  api.get('/orders', (_request, answer) => {
    answer.json({ of: answer.locals['sub'] as string });
  });
  return api;
}

async function introspector({ issuer, clientId, secret, http }: Introspection) {
  const url = new URL(issuer);
  const found = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...http });
  const server = await oauth.processDiscoveryResponse(url, found);
  const client = { client_id: clientId };
  const method = oauth.ClientSecretBasic(secret);
  return async (token: string) => {
    const response = await oauth.introspectionRequest(server, client, method, token, { ...http });
    return oauth.processIntrospectionResponse(server, client, response);
  };
}
