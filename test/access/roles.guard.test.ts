import { Controller, Get, Logger, Post, type ExecutionContext } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { AssignmentsService } from '../../src/access/assignments.service';
import { AuthorityRepository } from '../../src/access/authority.repository';
import { AuthorityService } from '../../src/access/authority.service';
import { RolesGuard } from '../../src/access/roles.guard';
import { RouteAudit } from '../../src/access/route-audit';
import { ChangeFeed } from '../../src/change-feed/change-feed';
import { newId } from '../../src/database/identifiers';
import { AuthError } from '../../src/errors/auth-error';
import {
  Authenticated,
  LoosenAccess,
  Public,
  RequirePermissions,
  Roles,
} from '../../src/route-access/access.decorators';
import { CurrentPrincipal } from '../../src/route-access/current-principal.decorator';
import { setPrincipal, type Principal } from '../../src/route-access/principal';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { buildAccessApp, SESSION_ID } from './access-app';

@Controller('open')
@Public()
class OpenController {
  @Get() read() {
    return 'open';
  }
  @Get('who') who(@CurrentPrincipal() principal: Principal) {
    return principal;
  }
}

@Controller('invoices')
@Roles<string>('viewer')
class InvoicesController {
  @Get() read() {
    return 'read';
  }
  @RequirePermissions<string>('invoices:approve')
  @Post('approve')
  approve() {
    return 'approved';
  }
  @RequirePermissions<string>('invoices:create', 'invoices:approve')
  @Post('both')
  both() {
    return 'both';
  }
  @LoosenAccess({ reason: 'everybody sees how many there are' })
  @RequirePermissions<string>('reports:read')
  @Get('count')
  count() {
    return 'count';
  }
  @Public({ reason: 'a probe' })
  @Get('probe')
  probe() {
    return 'probe';
  }
}

@Controller('me')
class MeController {
  @Authenticated()
  @Get()
  read(@CurrentPrincipal() principal: Principal) {
    return principal;
  }
}

let database: TestDatabase;
let app: NestExpressApplication;
let warn: jest.SpyInstance;

beforeAll(async () => {
  database = await cloneDatabase();
  app = await buildAccessApp(database, {
    controllers: [OpenController, InvoicesController, MeController],
  });
  await app.init();
});

beforeEach(() => {
  warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
});

afterEach(() => jest.restoreAllMocks());

afterAll(async () => {
  await app.close();
  await database.drop();
});

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

function call(method: 'get' | 'post', path: string, accountId?: string): request.Test {
  const sent = request(app.getHttpServer())[method](path);
  return accountId === undefined ? sent : sent.set('x-account', accountId);
}

function contextOf(
  controller: object,
  handler: object,
  type = 'http',
  args: unknown[] = [principalled, { header: () => undefined }],
): ExecutionContext {
  const context = {
    getType: () => type,
    getClass: () => controller,
    getHandler: () => handler,
    getArgs: () => args,
  };
  return context as unknown as ExecutionContext;
}

const principalled = { method: 'GET', url: '/', headers: {} };

describe('RolesGuard', () => {
  it('AZ-1: answers 401 to strangers and 403 to accounts without roles, but on public routes', async () => {
    const accountId = await accountWith();
    const routes = app.get(RouteAudit).handlers();
    expect(routes).toHaveLength(8);

    for (const { operation, names, access } of routes) {
      const [verb, path] = [operation.toLowerCase() as 'get' | 'post', names[0] ?? ''];
      const anonymous = await call(verb, path);
      const powerless = await call(verb, path, accountId);

      if (access.kind === 'public') {
        expect([anonymous.status, path]).toEqual([path === '/open/who' ? 401 : 200, path]);
      } else {
        const guarded = access.requirements.length > 0;
        expect([anonymous.status, anonymous.body.code]).toEqual([401, 'unauthenticated']);
        expect(powerless.status).toBe(guarded ? 403 : 200);
      }
    }
  });

  it.each<[string[], string, 'get' | 'post', number]>([
    [['viewer'], '/invoices', 'get', 200],
    [['clerk'], '/invoices', 'get', 200],
    [['administrator'], '/invoices', 'get', 403],
    [['viewer'], '/invoices/approve', 'post', 403],
    [['clerk'], '/invoices/approve', 'post', 403],
    [['approver'], '/invoices/approve', 'post', 201],
    [['approver'], '/invoices/both', 'post', 403],
    [['clerk'], '/invoices/both', 'post', 403],
    [['viewer'], '/invoices/count', 'get', 403],
    [['approver'], '/invoices/count', 'get', 200],
    [[], '/me', 'get', 200],
  ])('lets %j use %s (%s): %i', async (roles, path, method, status) => {
    const answer = await call(method, path, await accountWith(...roles));

    expect(answer.status).toBe(status);
  });

  it('AZ-13: logs who was denied what, and tells the client nothing but the code', async () => {
    const accountId = await accountWith('viewer');

    const { body } = await call('post', '/invoices/approve', accountId);

    expect(body).toEqual({
      type: expect.any(String) as string,
      title: expect.any(String) as string,
      status: 403,
      code: 'forbidden',
      requestId: expect.any(String) as string,
    });
    expect(warn).toHaveBeenCalledTimes(1);
    const [line] = warn.mock.calls[0] as [string];
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toEqual({
      event: 'authz_fail',
      decisionId: expect.any(String) as string,
      requestId: (body as { requestId: string }).requestId,
      accountId,
      sessionId: SESSION_ID,
      route: 'InvoicesController.approve',
      required: { kind: 'permissions', allOf: ['invoices:approve'] },
    });
  });

  it('decides by the tenant of the principal', async () => {
    const [accountId, tenantId, other] = [await accountWith(), newId(), newId()];
    await app
      .get(DataSource)
      .query(
        `INSERT INTO auth.tenants (id, key, name) VALUES ($1, 'acme', 'Acme'), ($2, 'ajax', 'Ajax')`,
        [tenantId, other],
      );
    await app.get(AssignmentsService).assign({ accountId, role: 'viewer', tenantId });

    expect((await call('get', '/invoices', accountId).set('x-tenant', tenantId)).status).toBe(200);
    expect((await call('get', '/invoices', accountId).set('x-tenant', other)).status).toBe(404);
    expect((await call('get', '/invoices', accountId).set('x-tenant', newId())).status).toBe(404);
    expect((await call('get', '/invoices', accountId)).status).toBe(403);
  });

  it('honours a role that was taken away with the next request', async () => {
    const accountId = await accountWith('viewer');
    expect((await call('get', '/invoices', accountId)).status).toBe(200);

    await app.get(AssignmentsService).unassign({ accountId, role: 'viewer' });

    expect((await call('get', '/invoices', accountId)).status).toBe(403);
  });

  it('decides without a promise and without a query once the authority is known', async () => {
    const accountId = await accountWith('approver');
    // The feed tells this instance of the assignment once more, which drops what it remembers.
    await app.get(ChangeFeed, { strict: false }).catchUp();
    setPrincipal(principalled, { accountId, sessionId: SESSION_ID, authTime: 0, amr: [] });
    const context = contextOf(InvoicesController, InvoicesController.prototype.approve);
    const guard = app.get(RolesGuard);
    const find = jest.spyOn(app.get(AuthorityRepository, { strict: false }), 'find');

    expect(guard.canActivate(context)).toBeInstanceOf(Promise);
    await app.get(AuthorityService).of(accountId);

    expect(guard.canActivate(context)).toBe(true);
    expect(find).toHaveBeenCalledTimes(1);
  });

  it('asks neither the feed nor the database about public routes', async () => {
    const stale = jest.spyOn(app.get(ChangeFeed, { strict: false }), 'assertFresh');
    const of = jest.spyOn(app.get(AuthorityService), 'of');

    expect((await call('get', '/open', newId())).status).toBe(200);
    expect((await call('get', '/invoices/probe', newId())).status).toBe(200);

    expect([stale, of].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
  });

  it('answers 503 on guarded routes, and only there, while changes may be missing', async () => {
    const accountId = await accountWith('viewer');
    expect((await call('get', '/invoices', accountId)).status).toBe(200);
    jest.spyOn(app.get(ChangeFeed, { strict: false }), 'assertFresh').mockImplementation(() => {
      throw new AuthError('authority_stale');
    });

    for (const path of ['/invoices', '/me']) {
      const { status, body } = await call('get', path, accountId);
      expect([status, body.code]).toEqual([503, 'authority_stale']);
    }
    expect((await call('get', '/open')).status).toBe(200);
    expect((await call('get', '/invoices')).status).toBe(401);
  });

  it.each<[string, () => unknown]>([
    ['rejects', () => Promise.reject(new Error('broken'))],
    [
      'throws',
      () => {
        throw new TypeError('broken');
      },
    ],
    ['answers nonsense', () => undefined],
  ])('AZ-14: denies when the authority %s', async (_, of) => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    jest.spyOn(app.get(AuthorityService), 'of').mockImplementation(of as never);

    const { status, body } = await call('get', '/invoices', await accountWith('viewer'));

    expect([status, body.code]).toEqual([503, 'authority_stale']);
    expect(JSON.stringify(body)).not.toContain('broken');
  });

  it('AZ-14: says that the database is away', async () => {
    jest
      .spyOn(app.get(AuthorityRepository, { strict: false }), 'find')
      .mockRejectedValue(new AuthError('database_unavailable'));

    const { status, body } = await call('get', '/invoices', await accountWith('viewer'));

    expect([status, body.code]).toEqual([503, 'database_unavailable']);
  });

  it('AZ-12: denies in a context of a kind it does not know, public routes included', () => {
    for (const type of ['telegram', '', 'HTTP', 'constructor']) {
      const context = contextOf(OpenController, OpenController.prototype.read, type);

      expect(() => app.get(RolesGuard).canActivate(context)).toThrow(
        expect.objectContaining({ code: 'forbidden' }) as Error,
      );
    }
  });

  it.each(['rpc', 'ws', 'graphql'])(
    'AZ-12: finds no principal where a context of %s carries a request of another kind',
    (type) => {
      setPrincipal(principalled, {
        accountId: newId(),
        sessionId: SESSION_ID,
        authTime: 0,
        amr: [],
      });
      const { read } = MeController.prototype;
      const context = contextOf(MeController, read, type, [undefined, undefined, {}]);

      expect(() => app.get(RolesGuard).canActivate(context)).toThrow(
        expect.objectContaining({ code: 'unauthenticated' }) as Error,
      );
    },
  );

  it('denies a route whose access contradicts itself, if it should ever be reached', () => {
    class Contradiction {
      @Public()
      @Roles<string>('viewer')
      handle(): void {}
    }
    class Undeclared {
      handle(): void {}
    }
    setPrincipal(principalled, { accountId: newId(), sessionId: SESSION_ID, authTime: 0, amr: [] });

    for (const type of [Contradiction, Undeclared]) {
      expect(() => app.get(RolesGuard).canActivate(contextOf(type, type.prototype.handle))).toThrow(
        expect.objectContaining({ code: 'forbidden' }) as Error,
      );
    }
  });

  it('believes no request that merely looks like one with a principal', async () => {
    const forged = { headers: {}, user: { accountId: await accountWith('viewer') } };
    const { read } = InvoicesController.prototype;
    const context = contextOf(InvoicesController, read, 'http', [forged]);

    expect(() => app.get(RolesGuard).canActivate(context)).toThrow(
      expect.objectContaining({ code: 'unauthenticated' }) as Error,
    );
  });
});

describe('the OpenAPI document', () => {
  it('says of each route what the decorators say', () => {
    const config = new DocumentBuilder().addBearerAuth().build();
    const { paths } = SwaggerModule.createDocument(app, config);
    const told = (path: string, verb: 'get' | 'post') => {
      const operation = paths[path]?.[verb] as Record<string, unknown> | undefined;
      return [operation?.['security'], operation?.['x-required-permissions']];
    };
    const bearer = [{ bearer: [] }, { session: [] }];

    expect(told('/open', 'get')).toEqual([undefined, undefined]);
    expect(told('/invoices/probe', 'get')).toEqual([undefined, undefined]);
    expect(told('/me', 'get')).toEqual([bearer, undefined]);
    expect(told('/invoices', 'get')).toEqual([bearer, undefined]);
    expect(told('/invoices/approve', 'post')).toEqual([bearer, ['invoices:approve']]);
    expect(told('/invoices/count', 'get')).toEqual([bearer, ['reports:read']]);
  });

  it('adds what a class requires to its methods, but for those that leave it', () => {
    @RequirePermissions<string>('invoices:read')
    class Documented {
      @RequirePermissions<string>('invoices:approve')
      @Get()
      narrowed(): void {}
      @LoosenAccess({ reason: 'a test' })
      @Get()
      loosened(): void {}
      @Public({ reason: 'a test' })
      @Get()
      opened(): void {}
    }
    const extensions = (handler: object) =>
      Reflect.getMetadata('swagger/apiExtension', handler) as unknown;

    expect(extensions(Documented.prototype.narrowed)).toEqual({
      'x-required-permissions': ['invoices:approve', 'invoices:read'],
    });
    expect(extensions(Documented.prototype.loosened)).toBeUndefined();
    expect(extensions(Documented.prototype.opened)).toBeUndefined();
  });
});
