import { type INestApplication, Logger } from '@nestjs/common';
import { RequestReader } from '@portcullis/nest';
import type { ServerEnvironment } from '../env';
import { webFrameworkOf } from '../http/web-frameworks';

/** Whose outcomes are written down: sign-in and all that follows, and the administration. */
const LOGGED = /^\/(?:auth|admin)(?:[/?#]|$)/i;

/**
 * Writes one line for each answer of `/auth` and `/admin`: which route, how it ended, how long it took,
 * and the id that the problem, the audit and every other line of the request carry.
 *
 * Of the request it holds the method and the pattern of the route. A path, a query, a header or a body
 * may hold whatever somebody sent, a token too (LO-3).
 */
export function logRequests(app: INestApplication, environment: ServerEnvironment): void {
  const logger = new Logger('Request');
  const requests = app.get(RequestReader, { strict: false });
  webFrameworkOf(environment).onAnswer(app, ({ request, route, status, startedAt }) => {
    if (!LOGGED.test(request.url) || request.method === 'OPTIONS') return;
    const line = {
      event: 'request',
      method: request.method,
      route: route ?? 'unmatched',
      status,
      durationMs: Math.round(performance.now() - startedAt),
      requestId: requests.read(request).requestId,
    };
    // In JSON it is an object of its own; people read one line.
    const message = environment.isProduction ? line : JSON.stringify(line);
    if (status >= 500) logger.warn(message);
    else logger.log(message);
  });
}
