import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import type { ServerEnvironment } from '../env';
import { setAnswerHeaders } from './answer-headers';
import { answerParserErrors } from './client-errors';
import { serveDocumentation } from './documentation';
import { jsonBodiesOnly } from './json-bodies-only';
import { logRequests } from '../observability/request-log';
import { webFrameworkOf } from './web-frameworks';

/** Bounded before anything is parsed (HT-5). */
const BODY_LIMIT_BYTES = 100 * 1024;
const PREFLIGHT_SECONDS = 600;

/** Everything about HTTP that is not a route. Call it before `app.init()` or `app.listen()`. */
export function configureHttp(app: INestApplication, environment: ServerEnvironment): void {
  const server = app.getHttpServer() as Server;
  const hasDocumentation = !environment.isProduction;
  setAnswerHeaders(server, { hasDocumentation });
  logRequests(app, environment);
  app.enableCors(crossOriginRules(environment));
  app.use(jsonBodiesOnly);
  webFrameworkOf(environment).readBodies(app, BODY_LIMIT_BYTES);
  if (hasDocumentation) serveDocumentation(app);
  boundConnections(server);
}

function crossOriginRules(environment: ServerEnvironment): object {
  return {
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
    exposedHeaders: [
      'date',
      'retry-after',
      'www-authenticate',
      'x-authority-version',
      'x-request-id',
    ],
    maxAge: PREFLIGHT_SECONDS,
    // Fastify alone has this: by itself it answers half a preflight with a page of plain text.
    strictPreflight: false,
  };
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
