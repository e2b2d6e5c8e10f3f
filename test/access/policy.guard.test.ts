import { Logger, Module, type Type } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { AssignmentsService } from '../../src/access/assignments.service';
import { PolicyGuard } from '../../src/access/policy.guard';
import { Clock } from '../../src/clock/clock';
import { newId } from '../../src/database/identifiers';
import { AuthError } from '../../src/errors/auth-error';
import { Policy } from '../../src/route-access/access.decorators';
import { setPrincipal } from '../../src/route-access/principal';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { buildAccessApp, SESSION_ID } from './access-app';
import { InvoicesController, PlainController, PoliciesModule, Script } from './policy-app';

let database: TestDatabase;
let app: NestExpressApplication;
let script: Script;
let warn: jest.SpyInstance;
let approver: string;
let nobody: string;

async function accountWith(...roles: string[]): Promise<string> {
  const accountId = newId();
  await app
    .get(DataSource)
    .query(`INSERT INTO auth.accounts (id, email, email_key) VALUES ($1::uuid, $2, $2)`, [
      accountId,
      `${accountId}@example.org`,
    ]);
  for (const role of roles) await app.get(AssignmentsService).assign({ accountId, role });
  return accountId;
}

@Module({ imports: [PoliciesModule], controllers: [InvoicesController, PlainController] })
class RoutesModule {}

beforeAll(async () => {
  database = await cloneDatabase();
  app = await buildAccessApp(database, { controllers: [], imports: [RoutesModule] });
  await app.init();
  script = app.get(Script, { strict: false });
  [approver, nobody] = [await accountWith('approver'), await accountWith()];
});

beforeEach(() => {
  script.reset();
  warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
});

afterEach(() => jest.restoreAllMocks());

afterAll(async () => {
  await app.close();
  await database.drop();
});

type Verb = 'get' | 'post' | 'put';

function call(method: Verb, path: string, accountId?: string): request.Test {
  const sent = request(app.getHttpServer())[method](path);
  return accountId === undefined ? sent : sent.set('x-account', accountId);
}

const asked = () => script.asked.map(({ policy }) => policy);

const thrower = (thrown: unknown) => () => {
  throw thrown as Error;
};

describe('PolicyGuard admits exactly true', () => {
  it.each<[string, () => unknown]>([
    ['true', () => true],
    ['a promise of true', () => Promise.resolve(true)],
  ])('lets the request through on %s', async (_, own) => {
    script.reset({ own });

    expect((await call('put', '/invoices/1', nobody)).status).toBe(200);
    expect(script.served).toEqual(['change']);
    expect(warn).not.toHaveBeenCalled();
  });

  it.each<[string, unknown]>([
    ['false', false],
    ['nothing', undefined],
    ['null', null],
    ['0', 0],
    ['1', 1],
    ['the text true', 'true'],
    ['the text allow', 'allow'],
    ['another spelling of not_found', 'NOT_FOUND'],
    ['an object', { allowed: true }],
    ['a list', [true]],
    ['a boxed true', Object(true)],
    ['a function', () => true],
  ])('AZ-14: denies on %s, at once and as a promise', async (_, answer) => {
    for (const own of [() => answer, () => Promise.resolve(answer)]) {
      script.reset({ own });
      const { status, body } = await call('put', '/invoices/1', nobody);

      expect([status, body.code]).toEqual([403, 'forbidden']);
      expect(script.served).toEqual([]);
    }
  });

  it.each<[string, () => unknown]>([
    ['throws', thrower(new Error('secret cause'))],
    ['throws what is no error', thrower('secret cause')],
    ['throws true', thrower(true)],
    ['rejects', () => Promise.reject(new Error('secret cause'))],
    [
      'answers a thenable that answers 1',
      () => ({ then: (resolve: (answer: number) => void) => resolve(1) }),
    ],
    [
      'answers a thenable that rejects',
      () => ({
        then: (_: unknown, reject: (reason: Error) => void) => reject(new Error('secret')),
      }),
    ],
    [
      'answers a thenable that throws',
      () =>
        Object.defineProperty({}, 'then', {
          get: thrower(new Error('secret cause')),
        }),
    ],
  ])('AZ-14: denies when a policy %s, and tells nothing of it', async (_, own) => {
    script.reset({ own });
    const { status, body } = await call('put', '/invoices/1', nobody);

    expect([status, body.code]).toEqual([403, 'forbidden']);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(script.served).toEqual([]);
  });

  it('logs what broke in a policy, for the operator', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const cause = new Error('the cause');
    script.reset({ own: thrower(cause) });

    await call('put', '/invoices/1', nobody);

    expect(error).toHaveBeenCalledWith(cause);
  });

  it.each([
    ['database_unavailable', 503],
    ['conflict', 409],
    ['not_found', 404],
  ] as const)('answers the AuthError %s of a policy as it is', async (code, expected) => {
    script.reset({ own: thrower(new AuthError(code)) });
    const { status, body } = await call('put', '/invoices/1', nobody);

    expect([status, body.code]).toEqual([expected, code]);
    expect(script.served).toEqual([]);
  });

  it('answers not_found in the same words as for a resource that is absent', async () => {
    script.reset({ own: thrower(new AuthError('not_found')) });
    const absent = await call('put', '/invoices/1', nobody);
    for (const own of [() => 'not_found', () => Promise.resolve('not_found')]) {
      script.reset({ own });
      const hidden = await call('put', '/invoices/1', nobody);

      expect(hidden.status).toBe(404);
      expect({ ...hidden.body, requestId: '' }).toEqual({ ...absent.body, requestId: '' });
      expect(script.served).toEqual([]);
    }
  });
});

describe('which policies are asked, and when', () => {
  it.each<[string, Record<string, () => unknown>, string[], number]>([
    ['both allow', {}, ['hours', 'own'], 200],
    ['that of the class denies', { hours: () => false }, ['hours'], 403],
    ['that of the method denies', { own: () => false }, ['hours', 'own'], 403],
    ['both deny', { own: () => 'not_found', hours: () => false }, ['hours'], 403],
  ])('AZ-1: on class and method, %s', async (_, answers, order, expected) => {
    script.reset(answers);

    expect((await call('put', '/invoices/1', nobody)).status).toBe(expected);
    expect(asked()).toEqual(order);
  });

  it('AZ-1: the policy of a class alone guards its methods', async () => {
    script.reset({ hours: () => false });

    expect((await call('get', '/invoices', nobody)).status).toBe(403);
    expect(script.served).toEqual([]);
  });

  it('a loosened method asks its own policy and not that of its class', async () => {
    script.reset({ hours: () => false });
    expect((await call('get', '/invoices/1', nobody)).status).toBe(200);

    script.reset({ own: () => false });
    expect((await call('get', '/invoices/1', nobody)).status).toBe(403);
    expect(asked()).toEqual(['own']);
  });

  it('asks in the order in which they are written', async () => {
    await call('get', '/plain/stacked', nobody);

    expect(asked()).toEqual(['own', 'hours']);
  });

  it('asks none of somebody who lacks a permission, a step-up or an identity', async () => {
    const lacking = await call('post', '/invoices/1/approve', nobody);
    const stale = await call('get', '/plain/fresh', nobody);
    const anonymous = await call('put', '/invoices/1');

    expect([lacking.status, stale.status, anonymous.status]).toEqual([403, 401, 401]);
    expect(asked()).toEqual([]);
    expect(script.served).toEqual([]);
  });

  it('asks none about a public method of a class with policies', async () => {
    expect((await call('get', '/invoices/of/probe')).status).toBe(200);
    expect(asked()).toEqual([]);
  });

  it('AZ-13: logs in one line who was denied by which policy', async () => {
    script.reset({ own: () => false });
    const { body } = await call('put', '/invoices/1', nobody);

    expect(warn).toHaveBeenCalledTimes(1);
    expect(JSON.parse((warn.mock.calls[0] as [string])[0])).toEqual({
      event: 'authz_fail',
      decisionId: expect.any(String) as string,
      requestId: (body as { requestId: string }).requestId,
      accountId: nobody,
      sessionId: SESSION_ID,
      route: 'InvoicesController.change',
      required: { kind: 'policy', policy: 'OwnInvoice' },
    });
  });

  it('shows a policy the parameters, the query and the body of the request', async () => {
    await call('put', '/invoices/7?dry=1', nobody).send({ amount: 3 });

    expect(script.asked.at(-1)?.context).toMatchObject({
      transport: 'http',
      params: { id: '7' },
      query: { dry: '1' },
      body: { amount: 3 },
    });
  });
});

describe('four eyes', () => {
  it.each<[string, () => unknown, number]>([
    ['somebody else', () => newId(), 201],
    ['the principal', () => approver, 403],
    ['the principal, later', () => Promise.resolve(approver), 403],
    ['the principal in capitals', () => approver.toUpperCase(), 403],
    ['the principal between spaces', () => ` ${approver} `, 403],
    ['nobody known', () => null, 403],
    ['an empty text', () => '', 403],
    ['what is no id', () => ({ id: newId() }), 403],
    ['nothing, as there is no such invoice', () => undefined, 404],
    ['an error', thrower(new Error('broken')), 403],
  ])('answers about an invoice created by %s', async (_, creator, expected) => {
    script.reset({ creator });

    expect((await call('post', '/invoices/1/approve', approver)).status).toBe(expected);
    expect(script.served).toEqual(expected === 201 ? ['approve'] : []);
  });
});

describe('a step-up', () => {
  const attempt = (age: number, amr: string) =>
    call('get', '/plain/fresh', nobody)
      .set('x-auth-time', String(app.get(Clock, { strict: false }).nowSeconds() - age))
      .set('x-amr', amr);

  it('lets a fresh authentication with the method through', async () => {
    expect((await attempt(5, 'pwd otp')).status).toBe(200);
  });

  it.each([
    [310, 'pwd otp'],
    [5, 'pwd'],
  ])('answers the challenge of RFC 9470 to one of %i s with %s', async (age, amr) => {
    const { status, body, headers } = await attempt(age, amr);

    expect([status, body.code]).toEqual([401, 'step_up_required']);
    expect(headers['www-authenticate']).toMatch(
      /^Bearer error="insufficient_user_authentication", .*max_age="300"$/,
    );
  });
});

describe('the guard by itself', () => {
  const contextOf = (type: Type, handler: string, kind: string, args: unknown[]) => {
    const method = (type.prototype as Record<string, () => void>)[handler] as () => void;
    const context = new ExecutionContextHost(args, type, method);
    context.setType(kind);
    return context;
  };
  const who = { accountId: newId(), sessionId: SESSION_ID, authTime: 0, amr: [] };
  const carrying = <Carrier extends object>(carrier: Carrier): Carrier => {
    setPrincipal(carrier, who);
    return carrier;
  };

  it('passes a route without policies without a promise', () => {
    const context = contextOf(PlainController, 'guarded', 'http', [{ headers: {} }]);

    expect(app.get(PolicyGuard).canActivate(context)).toBe(true);
  });

  it('AZ-12: denies in a context it does not know, even with a principal', async () => {
    const context = contextOf(PlainController, 'stacked', 'pigeon', [carrying({ headers: {} })]);

    await expect(app.get(PolicyGuard).canActivate(context)).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(asked()).toEqual([]);
  });

  it('asks no policy about a request without a principal', async () => {
    const context = contextOf(PlainController, 'stacked', 'http', [{ headers: {}, user: who }]);

    await expect(app.get(PolicyGuard).canActivate(context)).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    expect(asked()).toEqual([]);
  });

  it('denies a route that contradicts itself', () => {
    class Undeclared {
      handle(): void {}
    }
    const context = contextOf(Undeclared, 'handle', 'http', [carrying({ headers: {} })]);

    expect(() => app.get(PolicyGuard).canActivate(context)).toThrow(
      expect.objectContaining({ code: 'forbidden' }) as Error,
    );
  });

  it.each<[string, () => unknown[], unknown]>([
    [
      'graphql',
      () => [null, { id: '7' }, { req: carrying({ headers: {} }) }],
      { params: { id: '7' }, query: {}, body: undefined },
    ],
    [
      'ws',
      () => [carrying({}), { id: '7' }],
      { params: { id: '7' }, query: {}, body: { id: '7' } },
    ],
    [
      'rpc',
      () => [{ id: '7' }, carrying({})],
      { params: { id: '7' }, query: {}, body: { id: '7' } },
    ],
    ['rpc', () => ['7', carrying({})], { params: {}, query: {}, body: '7' }],
    ['ws', () => [carrying({}), null], { params: {}, query: {}, body: null }],
  ])('shows a policy what was sent over %s', async (kind, args, shown) => {
    const context = contextOf(PlainController, 'stacked', kind, args());

    expect(await app.get(PolicyGuard).canActivate(context)).toBe(true);
    expect(script.asked[0]?.context).toMatchObject({ transport: kind, ...(shown as object) });
  });

  it('AZ-14: denies where no provider answers for a policy, if boot never saw the route', () => {
    class Unprovided {
      check = () => true;
    }
    @Policy(Unprovided)
    class Later {
      handle(): void {}
    }
    const context = contextOf(Later, 'handle', 'http', [carrying({ headers: {} })]);

    expect(() => app.get(PolicyGuard).canActivate(context)).toThrow(
      expect.objectContaining({ code: 'forbidden' }) as Error,
    );
  });
});
