import { createServer, type Server } from 'node:http';
import type { ArgumentsHost } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { isObservable, lastValueFrom } from 'rxjs';
import request from 'supertest';
import { ERROR_CODES } from '../../src/errors/error-codes';
import { AuthError } from '../../src/errors/auth-error';
import { ProblemFilter } from '../../src/errors/problem.filter';
import { RequestReader } from '../../src/requests/request-info';
import { startThrowingApp, type ThrowingApp } from './throwing-app';

let throwing: ThrowingApp;
let server: Server;

beforeAll(async () => {
  throwing = await startThrowingApp(ProblemFilter);
  server = throwing.server;
});
afterAll(() => throwing.app.close());
beforeEach(() => {
  throwing.logged.length = 0;
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
    const answer = await throwing.answerTo(thrown);
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
    const answer = await throwing.answerTo(new Error('the outermost', { cause }));
    const { requestId } = answer.body as { requestId: string };
    const [record] = throwing.logged.filter(({ level }) => level === 'error');
    expect(record!.text).toContain(requestId);
    expect(record!.text).toContain('Error: the outermost <- Error: the innermost');
    expect(record!.text).toContain('unknown-errors.test');
  });

  it('HT-9: cannot start a line of its own in the log', async () => {
    const forged = '\n    at forged\n[Nest] 1 LOG administrator signed in\u2028\u001b[31m';
    await throwing.answerTo(new Error(`broken${forged}`, { cause: `x${forged}` }));
    const [record] = throwing.logged.filter(({ level }) => level === 'error');
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
    await throwing.answerTo(leaky);
    await request(server).post('/echo').type('application/json').send('{"s3cret":1,"s3cret":2}');
    expect(throwing.logged.length).toBeGreaterThan(0);
    expect(JSON.stringify(throwing.logged)).not.toContain('s3cret');
  });

  it('causes in a circle end', async () => {
    const circle = new Error('a circle');
    circle.cause = circle;
    expect((await throwing.answerTo(circle)).status).toBe(500);
    const [record] = throwing.logged.filter(({ level }) => level === 'error');
    expect(record!.text.split('Error: a circle')).toHaveLength(2);
  });

  it('a refusal of the caller is not an error of ours', async () => {
    await throwing.answerTo(new AuthError('invalid_credentials'));
    expect(throwing.logged).toEqual([]);
    await throwing.answerTo(new AuthError('database_unavailable', { cause: new Error('refused') }));
    expect(throwing.logged.map(({ level }) => level)).toEqual(['warn']);
  });
});

describe('where nothing can be answered', () => {
  it('an answer under way is left alone, and the error is logged', async () => {
    const answer = await throwing.answerTo(new Error('too late'), '/started');
    expect([answer.status, answer.text]).toEqual([200, 'started']);
    expect(throwing.logged.map(({ text }) => text).join()).toContain('too late');
    expect(throwing.logged).toHaveLength(1);
  });

  it('an answer under way makes the filter itself fail nowhere', async () => {
    const filter = throwing.app.get(ProblemFilter);
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

  it('outside HTTP an error that is not ours is passed on', async () => {
    const filter = throwing.app.get(ProblemFilter);
    const error = new Error('of the application');
    for (const type of ['graphql', 'ws', 'telegram']) {
      expect(() => filter.catch(error, contextOf(type))).toThrow(error);
    }
    const passed = filter.catch(error, contextOf('rpc'));
    if (!isObservable(passed)) throw new Error('not a stream');
    await expect(lastValueFrom(passed)).rejects.toBe(error);
  });

  it('AZ-14: outside HTTP an error of ours keeps its code and loses its cause', async () => {
    const filter = throwing.app.get(ProblemFilter);
    const error = new AuthError('forbidden', { cause: new Error('secret') });
    const { title } = ERROR_CODES.forbidden;
    const told = expect.objectContaining({ extensions: { code: 'forbidden', title } }) as Error;
    expect(() => filter.catch(error, contextOf('graphql'))).toThrow(told);
    expect(() => filter.catch(error, contextOf('telegram'))).toThrow(error);
    const passed = filter.catch(error, contextOf('rpc'));
    if (!isObservable(passed)) throw new Error('not a stream');
    await expect(lastValueFrom(passed)).rejects.toEqual({
      status: 'error',
      code: 'forbidden',
      title,
      message: title,
    });
  });

  it('Node’s own response, which middleware on Fastify throws with, is answered too', async () => {
    const filter = new ProblemFilter(
      throwing.app.get(HttpAdapterHost),
      throwing.app.get(RequestReader),
    );
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

function contextOf(type: string): ArgumentsHost {
  const host = new ExecutionContextHost([]);
  host.setType(type);
  return host;
}
