import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { strictJsonVerify } from '@portcullis/nest';
import type { ServerEnvironment } from '../env';
import { answerParserErrors } from './client-errors';
import { DOCUMENTATION_PATH, serveDocumentation } from './documentation';
import { jsonBodiesOnly } from './json-bodies-only';
import { apiHeaders, documentationHeaders } from './security-headers';

/** Bounded before anything is parsed; a compressed body would grow behind the bound (HT-5). */
const JSON_PARSER = { limit: '100kb', inflate: false, strict: true, verify: strictJsonVerify };
const PREFLIGHT_SECONDS = 600;

/** Everything about HTTP that is not a route. Call it before `app.init()` or `app.listen()`. */
export function configureHttp(app: NestExpressApplication, environment: ServerEnvironment): void {
  app.disable('x-powered-by');
  // Answers are not to be stored, so there is nothing to revalidate.
  app.disable('etag');
  app.use(apiHeaders());
  app.use(forbidStoring);
  if (!environment.isProduction) app.use(`/${DOCUMENTATION_PATH}`, documentationHeaders());
  app.enableCors({
    origin: [...environment.origins],
    credentials: true,
    methods: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'x-auth-activity',
      'x-auth-attempt',
      'x-csrf',
      'x-request-id',
      environment.auth.tenancy?.header ?? 'x-tenant-id',
    ],
    exposedHeaders: ['retry-after', 'www-authenticate', 'x-authority-version', 'x-request-id'],
    maxAge: PREFLIGHT_SECONDS,
  });
  app.use(jsonBodiesOnly);
  app.useBodyParser('json', JSON_PARSER);
  if (!environment.isProduction) serveDocumentation(app);
  boundConnections(app.getHttpServer());
}

/** What one person may see must not stay in a shared cache; the key set says otherwise for itself. */
function forbidStoring(
  _request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
): void {
  response.setHeader('cache-control', 'no-store');
  next();
}

/** Slow clients must not hold connections for ever (HT-5). */
function boundConnections(server: Server): void {
  server.headersTimeout = 15_000;
  server.requestTimeout = 30_000;
  // Longer than the idle limit of common balancers, so that they, not we, close idle connections.
  server.keepAliveTimeout = 65_000;
  server.maxHeadersCount = 100;
  answerParserErrors(server);
}
