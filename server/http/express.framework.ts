import type { ServerResponse } from 'node:http';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { strictJsonVerify } from '@portcullis/nest';
import type { Answer, WebFramework } from './web-framework';

/** Express 5. */
export const expressFramework: WebFramework = {
  makeAdapter() {
    const adapter = new ExpressAdapter();
    adapter.disable('x-powered-by');
    // Answers are not to be stored, so there is nothing to revalidate.
    adapter.disable('etag');
    return adapter;
  },

  readBodies(app, limit) {
    const options = { limit, inflate: false, strict: true, verify: strictJsonVerify };
    (app as NestExpressApplication).useBodyParser('json', options);
  },

  onAnswer(app, tell) {
    app.use((request: RoutedRequest, response: ServerResponse, next: () => void) => {
      const startedAt = performance.now();
      response.once('close', () => {
        tell({ request, route: request.route?.path, status: response.statusCode, startedAt });
      });
      next();
    });
  },
};

/** Express notes the route on Node's request. */
type RoutedRequest = Answer['request'] & {
  readonly route?: { readonly path: string };
};
