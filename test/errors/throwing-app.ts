import 'reflect-metadata';
import type { Server } from 'node:http';
import { Controller, Get, Module, Post, Res, type LoggerService } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { json } from 'express';
import request from 'supertest';
import { ProblemFilter, type AuthErrorFilter } from '../../src/errors/problem.filter';
import { ResolvedAuthOptions } from '../../src/options/auth-options';
import { resolveAuthOptions } from '../../src/options/resolve-options';
import type { ReadableHttpResponse } from '../../src/requests/http-request';
import { RequestReader } from '../../src/requests/request-info';
import { strictJsonVerify } from '../../src/requests/strict-json';

const OPTIONS = resolveAuthOptions({
  issuer: 'https://api.portcullis.test',
  secrets: ['q7W2-mZ8x_T4vB6nK1jL9hG3fD5sA0pR'],
  passwordPeppers: [{ version: 1, secret: 'Xy5RtB8uN2eW6oC1iV4zM7kQ3gJ9dH0f' }],
});

/** What the next request to a throwing route throws. */
let next: unknown;

@Controller()
class ThrowingController {
  @Get('thrown')
  thrown(): never {
    throw next;
  }

  @Get('vary')
  vary(@Res() response: ReadableHttpResponse): never {
    response.header('vary', 'Origin');
    response.header('retry-after', '77');
    throw next;
  }

  @Get('started')
  started(@Res() response: { write(text: string): void; end(): void }): never {
    response.write('started');
    setImmediate(() => response.end());
    throw next;
  }

  @Post('echo')
  echo(): string {
    return 'received';
  }
}

@Module({
  controllers: [ThrowingController],
  providers: [{ provide: ResolvedAuthOptions, useValue: OPTIONS }, RequestReader, ProblemFilter],
  exports: [RequestReader],
})
class ThrowingModule {}

/** A real application on Express whose routes throw what a test gives them. */
export interface ThrowingApp {
  readonly app: NestExpressApplication;
  readonly server: Server;
  /** What the application logged above `log`, oldest first. */
  readonly logged: { readonly level: string; readonly text: string }[];
  /** The answer to a request whose handler throws this. */
  answerTo(thrown: unknown, path?: string): Promise<request.Response>;
}

export async function startThrowingApp(
  Filter: typeof ProblemFilter | typeof AuthErrorFilter,
): Promise<ThrowingApp> {
  const testing = await Test.createTestingModule({
    imports: [ThrowingModule],
    providers: [Filter],
  }).compile();
  const app = testing.createNestApplication<NestExpressApplication>({ bodyParser: false });
  const logged: { level: string; text: string }[] = [];
  app.useLogger(recordingLogger(logged));
  app.use(json({ limit: '1kb', verify: strictJsonVerify }));
  app.useGlobalFilters(app.get(Filter));
  await app.init();
  const server = app.getHttpServer();
  return {
    app,
    server,
    logged,
    async answerTo(thrown, path = '/thrown') {
      next = thrown;
      return request(server).get(path);
    },
  };
}

function recordingLogger(logged: { level: string; text: string }[]): LoggerService {
  const record =
    (level: string) =>
    (...parts: unknown[]): void => {
      logged.push({ level, text: parts.map(String).join(' | ') });
    };
  return {
    log: () => undefined,
    error: record('error'),
    warn: record('warn'),
    debug: record('debug'),
  };
}
