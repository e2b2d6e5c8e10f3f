import { randomUUID } from 'node:crypto';
import { createServer, maxHeaderSize, type RequestListener, type ServerResponse } from 'node:http';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { strictJsonParser } from '@portcullis/nest';
import { MALFORMED, PROBLEM_TYPE, problemText } from './early-refusal';
import type { Answer, WebFramework } from './web-framework';

const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Fastify 5. Its router is exact: no other case, no slash at the end. */
export const fastifyFramework: WebFramework = {
  makeAdapter: () =>
    new FastifyAdapter({
      // By itself it binds a second server for `localhost`, which knows nothing of what we set on the first.
      serverFactory: (handler: RequestListener) => createServer(handler),
      // A path of any length that Node accepts is answered like one that does not exist.
      routerOptions: { maxParamLength: maxHeaderSize },
      frameworkErrors: (_error: unknown, _request: unknown, reply: { raw: ServerResponse }) =>
        refuse(reply.raw),
    }),

  readBodies(app, bodyLimit) {
    const fastify = app as NestFastifyApplication;
    fastify.useBodyParser('application/json', { bodyLimit }, strictJsonParser);
    // The routes that take forms judge them; Fastify refuses every type that has no parser.
    fastify.useBodyParser(FORM_TYPE, { bodyLimit }, (_request, body, done) => done(null, body));
  },

  onAnswer(app, tell) {
    const fastify = (app as NestFastifyApplication).getHttpAdapter().getInstance();
    fastify.addHook('onResponse', (request, reply, done) => {
      const startedAt = performance.now() - reply.elapsedTime;
      const { url: route } = request.routeOptions;
      tell({
        request: request.raw as Answer['request'],
        route,
        status: reply.statusCode,
        startedAt,
      });
      done();
    });
  },
};

/** What the router cannot read reaches no filter. */
function refuse(response: ServerResponse): void {
  const requestId = randomUUID();
  response
    .writeHead(MALFORMED.status, { 'content-type': PROBLEM_TYPE, 'x-request-id': requestId })
    .end(problemText(MALFORMED, requestId));
}
