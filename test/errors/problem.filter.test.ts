import 'reflect-metadata';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import {
  BadRequestException,
  Controller,
  ForbiddenException,
  Get,
  HttpException,
  Logger,
  Module,
  NotFoundException,
  Post,
  Res,
  ServiceUnavailableException,
  type ArgumentsHost,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { json } from 'express';
import { isObservable, lastValueFrom } from 'rxjs';
import request from 'supertest';
import { AuthError, type AuthErrorDetails } from '../../src/errors/auth-error';
import type { AuthErrorCode } from '../../src/errors/error-codes';
import { AuthErrorFilter, ProblemFilter } from '../../src/errors/problem.filter';
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

/** What the next request to /thrown throws. */
let next: unknown;

/** The same class out of a second copy of the package. */
class ForeignAuthError extends Error {
  constructor(readonly code: string) {
    super('copied');
    Object.defineProperty(this, Symbol.for('@portcullis/nest/AuthError'), { value: true });
  }
}

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

const logged: { level: string; text: string }[] = [];

function recordingLogger(): Pick<Logger, 'log' | 'error' | 'warn' | 'debug'> {
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

async function start(
  Filter: typeof ProblemFilter | typeof AuthErrorFilter,
): Promise<NestExpressApplication> {
  const testing = await Test.createTestingModule({
    imports: [ThrowingModule],
    providers: [Filter],
  }).compile();
  const app = testing.createNestApplication<NestExpressApplication>({ bodyParser: false });
  app.useLogger(recordingLogger());
  app.use(json({ limit: '1kb', verify: strictJsonVerify }));
  app.useGlobalFilters(app.get(Filter));
  await app.init();
  return app;
}

let app: NestExpressApplication;
let server: Server;

beforeAll(async () => {
  app = await start(ProblemFilter);
  server = app.getHttpServer() as Server;
});
afterAll(() => app.close());
beforeEach(() => {
  logged.length = 0;
});

async function answerTo(thrown: unknown, path = '/thrown'): Promise<request.Response> {
  next = thrown;
  return request(server).get(path);
}

describe('an answer that refuses', () => {
  it('CK-13: is problem+json in UTF-8 with our code, its status and the request id', async () => {
    const answer = await answerTo(new AuthError('origin_refused'));
    expect(answer.status).toBe(403);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toEqual({
      type: 'urn:portcullis:error:origin_refused',
      title: 'The origin of the request is not allowed',
      status: 403,
      code: 'origin_refused',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
  });

  it('carries the public details and none of the private ones', async () => {
    const errors = [{ field: 'email', message: 'email must be an email' }];
    const details: AuthErrorDetails = { detail: 'Say more', errors, cause: new Error('s3cret') };
    const answer = await answerTo(new AuthError('validation_failed', details));
    expect(answer.body).toMatchObject({ detail: 'Say more', errors });
    expect(answer.text).not.toContain('s3cret');
  });

  it('SS-11: is kept out of caches, and keeps what Vary said', async () => {
    const answer = await answerTo(new AuthError('unauthenticated'), '/vary');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['vary']).toBe('Origin, Cookie');
  });

  it('says which bearer token was refused only where the error says so', async () => {
    const challenge = 'Bearer error="invalid_token"';
    const refused = await answerTo(new AuthError('invalid_token', { challenge }));
    expect(refused.headers['www-authenticate']).toBe(challenge);
    const plain = await answerTo(new AuthError('invalid_credentials'));
    expect(plain.headers).not.toHaveProperty('www-authenticate');
  });

  it.each<[AuthErrorCode, number | undefined, string | undefined]>([
    ['throttled', 29.2, '30'],
    ['throttled', 0, '1'],
    ['overloaded', 3, '3'],
    ['authority_stale', undefined, '1'],
    ['forbidden', 3, undefined],
  ])('%s after %s seconds: Retry-After is %s', async (code, retryAfterSeconds, expected) => {
    const answer = await answerTo(new AuthError(code, { retryAfterSeconds }));
    expect(answer.headers['retry-after']).toBe(expected);
  });

  it('keeps the Retry-After that a throttler has set', async () => {
    const answer = await answerTo(new HttpException('ThrottlerException', 429), '/vary');
    expect(answer.body).toMatchObject({ code: 'throttled' });
    expect(answer.headers['retry-after']).toBe('77');
  });
});

describe('errors of the HTTP layer', () => {
  it.each([
    [new BadRequestException(['s3cret must be a text']), 400, 'validation_failed'],
    [new ForbiddenException('s3cret'), 403, 'forbidden'],
    [new NotFoundException('s3cret'), 404, 'not_found'],
    [new HttpException('s3cret', 405), 405, 'method_not_allowed'],
    [new HttpException('s3cret', 401), 401, 'unauthenticated'],
    [new HttpException('s3cret', 409), 409, 'conflict'],
    [new HttpException('s3cret', 422), 400, 'validation_failed'],
    [new HttpException('s3cret', 431), 431, 'headers_too_large'],
    [new HttpException('s3cret', 502), 500, 'internal_error'],
    [new ForbiddenException('s3cret', { cause: new AuthError('conflict') }), 403, 'forbidden'],
    [new ServiceUnavailableException('s3cret'), 503, 'overloaded'],
    [Object.assign(new Error('s3cret'), { expose: true, statusCode: 415 }), 415, undefined],
    [
      Object.assign(new Error('s3cret'), { code: 'FST_ERR_CTP_X', statusCode: 413 }),
      413,
      undefined,
    ],
  ])('HT-7: %p is answered %i without its text', async (thrown, status, code) => {
    const answer = await answerTo(thrown);
    expect(answer.status).toBe(status);
    if (code !== undefined) expect(answer.body).toMatchObject({ code, status });
    expect(answer.text).not.toContain('s3cret');
  });

  it('HT-7: a path that no route has is not repeated', async () => {
    const answer = await request(server).get('/no/such/s3cret');
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ code: 'not_found' });
    expect(answer.text).not.toContain('s3cret');
  });

  it.each([
    ['HT-5', 'too large', 413, 'payload_too_large', `{"a":"${'x'.repeat(2000)}"}`],
    ['HT-1', 'malformed', 400, 'validation_failed', '{"s3cret'],
    ['HT-1', 'with a repeated member', 400, 'validation_failed', '{"s3cret":1,"s3cret":2}'],
    ['HT-5', 'nested deeply', 400, 'validation_failed', '['.repeat(900)],
  ])('%s: a body that is %s is answered %i %s', async (_, __, status, code, body) => {
    const answer = await request(server).post('/echo').type('application/json').send(body);
    expect([answer.status, answer.body]).toEqual([
      status,
      expect.objectContaining({ code, status }),
    ]);
    expect(answer.text).not.toContain('s3cret');
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });

  it('HT-1: an unknown charset and an unknown encoding are answered 415', async () => {
    for (const headers of [
      { 'content-type': 'application/json; charset=s3cret' },
      { 'content-type': 'application/json', 'content-encoding': 's3cret' },
    ]) {
      const answer = await request(server).post('/echo').set(headers).send('{}');
      expect([answer.status, answer.text]).toEqual([415, expect.not.stringContaining('s3cret')]);
    }
  });

  it('a path with a broken percent sign is the client’s mistake', async () => {
    const { port } = (await listening()).address() as AddressInfo;
    const text = await new Promise<string>((resolve, reject) => {
      let received = '';
      const socket = connect(port, '127.0.0.1', () => {
        socket.write('GET /%zz HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n');
      });
      socket.on('data', (chunk) => (received += chunk.toString()));
      socket.on('end', () => resolve(received)).on('error', reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(text).not.toContain('zz');
  });
});

describe('anything else', () => {
  it.each([
    new Error('s3cret'),
    new TypeError('s3cret'),
    Object.assign(new Error('s3cret'), { status: 404, statusCode: 404, response: {} }),
    's3cret',
    { message: 's3cret' },
    null,
    undefined,
  ])('HT-7: %p is an internal error and says no more', async (thrown) => {
    const answer = await answerTo(thrown);
    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({
      type: 'urn:portcullis:error:internal_error',
      title: 'Something went wrong',
      status: 500,
      code: 'internal_error',
      requestId: expect.any(String) as string,
    });
  });

  it('is logged with its causes under the request id of the answer', async () => {
    const cause = new Error('the innermost');
    const answer = await answerTo(new Error('the outermost', { cause }));
    const { requestId } = answer.body as { requestId: string };
    const [record] = logged.filter(({ level }) => level === 'error');
    expect(record!.text).toContain(requestId);
    expect(record!.text).toContain('Error: the outermost <- Error: the innermost');
    expect(record!.text).toContain('problem.filter.test');
  });

  it('HT-9: cannot start a line of its own in the log', async () => {
    const forged = '\n    at forged\n[Nest] 1 LOG administrator signed in\u2028\u001b[31m';
    await answerTo(new Error(`broken${forged}`, { cause: `x${forged}` }));
    const [record] = logged.filter(({ level }) => level === 'error');
    const lines = record!.text.split(/[\n\u2028]/);
    expect(lines.some((line) => line.startsWith('[Nest]'))).toBe(false);
    expect(lines.some((line) => line.startsWith('    at forged'))).toBe(false);
    expect(record!.text).not.toContain('\u001b');
  });

  it('never brings a body or a parameter into the log', async () => {
    const leaky = Object.assign(new Error('failed'), {
      body: 's3cret',
      parameters: ['s3cret'],
      config: { headers: { authorization: 's3cret' } },
    });
    await answerTo(leaky);
    await request(server).post('/echo').type('application/json').send('{"s3cret":1,"s3cret":2}');
    expect(logged.length).toBeGreaterThan(0);
    expect(JSON.stringify(logged)).not.toContain('s3cret');
  });

  it('causes in a circle end', async () => {
    const circle = new Error('a circle');
    circle.cause = circle;
    expect((await answerTo(circle)).status).toBe(500);
    const [record] = logged.filter(({ level }) => level === 'error');
    expect(record!.text.split('Error: a circle')).toHaveLength(2);
  });

  it('a refusal of the caller is not an error of ours', async () => {
    await answerTo(new AuthError('invalid_credentials'));
    expect(logged).toEqual([]);
    await answerTo(new AuthError('database_unavailable', { cause: new Error('refused') }));
    expect(logged.map(({ level }) => level)).toEqual(['warn']);
  });
});

describe('where nothing can be answered', () => {
  it('an answer under way is left alone, and the error is logged', async () => {
    const answer = await answerTo(new Error('too late'), '/started');
    expect([answer.status, answer.text]).toEqual([200, 'started']);
    expect(logged.map(({ text }) => text).join()).toContain('too late');
    expect(logged).toHaveLength(1);
  });

  it('an answer under way makes the filter itself fail nowhere', async () => {
    const filter = app.get(ProblemFilter);
    const failures: unknown[] = [];
    const bare = createServer((incoming, outgoing) => {
      outgoing.write('started');
      try {
        filter.catch(new Error('too late'), new ExecutionContextHost([incoming, outgoing]));
      } catch (error) {
        failures.push(error);
      }
      outgoing.end();
    });
    expect((await request(bare).get('/')).text).toBe('started');
    expect(failures).toEqual([]);
  });

  it('outside HTTP the error is passed on', async () => {
    const filter = app.get(ProblemFilter);
    const error = new AuthError('forbidden');
    const graphql = contextOf('graphql');
    expect(() => filter.catch(error, graphql)).toThrow(error);
    const passed = filter.catch(error, contextOf('rpc'));
    if (!isObservable(passed)) throw new Error('not a stream');
    await expect(lastValueFrom(passed)).rejects.toBe(error);
  });

  it('Node’s own response, which middleware on Fastify throws with, is answered too', async () => {
    const filter = new ProblemFilter(app.get(HttpAdapterHost), app.get(RequestReader));
    const bare = createServer((incoming, outgoing) => {
      const host = new ExecutionContextHost([incoming, outgoing]);
      filter.catch(new AuthError('throttled', { retryAfterSeconds: 9 }), host);
    });
    const answer = await request(bare).get('/');
    expect(answer.status).toBe(429);
    expect(answer.body).toMatchObject({ code: 'throttled' });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
      'retry-after': '9',
      vary: 'Cookie',
    });
  });
});

describe('the filter for our errors alone', () => {
  let guest: NestExpressApplication;
  beforeAll(async () => {
    guest = await start(AuthErrorFilter);
  });
  afterAll(() => guest.close());

  const thrownAt = async (thrown: unknown): Promise<request.Response> => {
    next = thrown;
    return request(guest.getHttpServer() as Server).get('/thrown');
  };

  it('answers our errors, also those of a second copy of the package', async () => {
    expect((await thrownAt(new AuthError('forbidden'))).body).toMatchObject({ code: 'forbidden' });
    const copied = await thrownAt(new ForeignAuthError('session_expired'));
    expect([copied.status, copied.body]).toEqual([
      401,
      expect.objectContaining({ code: 'session_expired', title: 'The session has expired' }),
    ]);
  });

  it('HT-7: a code that this copy does not know is an internal error', async () => {
    for (const code of ['invented_later', 'toString', '__proto__']) {
      expect((await thrownAt(new ForeignAuthError(code))).body).toMatchObject({
        code: 'internal_error',
        status: 500,
      });
    }
  });

  it('leaves every other error to the application', async () => {
    const answer = await thrownAt(new NotFoundException('of the application'));
    expect(answer.body).toMatchObject({ statusCode: 404, message: 'of the application' });
  });

  it('answers what our own body check throws inside the body parser', async () => {
    const answer = await request(guest.getHttpServer() as Server)
      .post('/echo')
      .type('application/json')
      .send('{"a":1,"a":2}');
    expect([answer.status, answer.body]).toEqual([
      400,
      expect.objectContaining({ code: 'validation_failed', detail: 'The body repeats a member' }),
    ]);
  });
});

function contextOf(type: string): ArgumentsHost {
  const host = new ExecutionContextHost([]);
  host.setType(type);
  return host;
}

async function listening(): Promise<Server> {
  if (!server.listening) await app.listen(0, '127.0.0.1');
  return server;
}
