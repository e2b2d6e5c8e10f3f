import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

export const DOCUMENTATION_PATH = 'docs';

/** The OpenAPI document. What each route requires comes from its decorators. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setTitle('Portcullis reference API')
    .setDescription('Invoices behind sessions, roles and permissions.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .addCookieAuth('__Host-portcullis-session', { type: 'apiKey', in: 'cookie' }, 'session')
    .build();
  return SwaggerModule.createDocument(app, description, {
    operationIdFactory: (controller, method) =>
      `${controller.replace(/Controller$/, '').replace(/^./, (first) => first.toLowerCase())}_${method}`,
  });
}

/** Serves the document and its page. Never in production (AD-9). */
export function serveDocumentation(app: INestApplication): void {
  SwaggerModule.setup(DOCUMENTATION_PATH, app, () => openApiDocument(app), {
    jsonDocumentUrl: `${DOCUMENTATION_PATH}/openapi.json`,
    raw: ['json'],
    customSiteTitle: 'Portcullis reference API',
    swaggerOptions: { persistAuthorization: false, displayOperationId: true },
  });
}
