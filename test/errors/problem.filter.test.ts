import type { Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import {
  BadRequestException,
  ForbiddenException,
  HttpException,
  NotFoundException,
  ServiceUnavailableException,
} from '@nestjs/common';
import request from 'supertest';
import { AuthError, type AuthErrorDetails } from '../../src/errors/auth-error';
import type { AuthErrorCode } from '../../src/errors/error-codes';
import { AuthErrorFilter, ProblemFilter } from '../../src/errors/problem.filter';
import { startThrowingApp, type ThrowingApp } from './throwing-app';

/** The same class out of a second copy of the package. */
class ForeignAuthError extends Error {
  constructor(readonly code: string) {
    super('copied');
    Object.defineProperty(this, Symbol.for('@portcullis/nest/AuthError'), { value: true });
  }
}

let throwing: ThrowingApp;
let server: Server;

beforeAll(async () => {
  throwing = await startThrowingApp(ProblemFilter);
  server = throwing.server;
});
afterAll(() => throwing.app.close());

describe('an answer that refuses', () => {
  it('CK-13: is problem+json in UTF-8 with our code, its status and the request id', async () => {
    const answer = await throwing.answerTo(new AuthError('origin_refused'));
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
    const answer = await throwing.answerTo(new AuthError('validation_failed', details));
    expect(answer.body).toMatchObject({ detail: 'Say more', errors });
    expect(answer.text).not.toContain('s3cret');
  });

  it('SS-11: is kept out of caches, and keeps what Vary said', async () => {
    const answer = await throwing.answerTo(new AuthError('unauthenticated'), '/vary');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['vary']).toBe('Origin, Cookie');
  });

  it('says which bearer token was refused only where the error says so', async () => {
    const challenge = 'Bearer error="invalid_token"';
    const refused = await throwing.answerTo(new AuthError('invalid_token', { challenge }));
    expect(refused.headers['www-authenticate']).toBe(challenge);
    const plain = await throwing.answerTo(new AuthError('invalid_credentials'));
    expect(plain.headers).not.toHaveProperty('www-authenticate');
  });

  it.each<[AuthErrorCode, number | undefined, string | undefined]>([
    ['throttled', 29.2, '30'],
    ['throttled', 0, '1'],
    ['overloaded', 3, '3'],
    ['authority_stale', undefined, '1'],
    ['forbidden', 3, undefined],
  ])('%s after %s seconds: Retry-After is %s', async (code, retryAfterSeconds, expected) => {
    const answer = await throwing.answerTo(new AuthError(code, { retryAfterSeconds }));
    expect(answer.headers['retry-after']).toBe(expected);
  });

  it('keeps the Retry-After that a throttler has set', async () => {
    const answer = await throwing.answerTo(new HttpException('ThrottlerException', 429), '/vary');
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
    const answer = await throwing.answerTo(thrown);
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
    // Not “zz” alone, which the ETag of a random id may hold.
    expect(text).not.toContain('%zz');
  });
});

describe('the filter for our errors alone', () => {
  let guest: ThrowingApp;
  beforeAll(async () => {
    guest = await startThrowingApp(AuthErrorFilter);
  });
  afterAll(() => guest.app.close());

  it('answers our errors, also those of a second copy of the package', async () => {
    expect((await guest.answerTo(new AuthError('forbidden'))).body).toMatchObject({
      code: 'forbidden',
    });
    const copied = await guest.answerTo(new ForeignAuthError('session_expired'));
    expect([copied.status, copied.body]).toEqual([
      401,
      expect.objectContaining({ code: 'session_expired', title: 'The session has expired' }),
    ]);
  });

  it('HT-7: a code that this copy does not know is an internal error', async () => {
    for (const code of ['invented_later', 'toString', '__proto__']) {
      expect((await guest.answerTo(new ForeignAuthError(code))).body).toMatchObject({
        code: 'internal_error',
        status: 500,
      });
    }
  });

  it('leaves every other error to the application', async () => {
    const answer = await guest.answerTo(new NotFoundException('of the application'));
    expect(answer.body).toMatchObject({ statusCode: 404, message: 'of the application' });
  });

  it('answers what our own body check throws inside the body parser', async () => {
    const answer = await request(guest.server)
      .post('/echo')
      .type('application/json')
      .send('{"a":1,"a":2}');
    expect([answer.status, answer.body]).toEqual([
      400,
      expect.objectContaining({ code: 'validation_failed', detail: 'The body repeats a member' }),
    ]);
  });
});

async function listening(): Promise<Server> {
  if (!server.listening) await throwing.app.listen(0, '127.0.0.1');
  return server;
}
