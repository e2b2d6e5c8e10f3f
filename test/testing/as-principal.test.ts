import { Controller, Get, Module, Post, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import request from 'supertest';
import { AuthorityService } from '../../src/access/authority.service';
import { RolesGuard } from '../../src/access/roles.guard';
import { JwtAuthGuard } from '../../src/authentication/jwt-auth.guard';
import { ChangeFeed } from '../../src/change-feed/change-feed';
import { RolesService } from '../../src/roles/roles.service';
import {
  Authenticated,
  RequirePermissions,
  Roles,
  StepUp,
} from '../../src/route-access/access.decorators';
import { CurrentPrincipal } from '../../src/route-access/current-principal.decorator';
import { defineAccess } from '../../src/route-access/define-access';
import type { Principal } from '../../src/route-access/principal';
import { SessionsService } from '../../src/sessions/sessions.service';
import { asPrincipal, type TestPrincipal } from '../../src/testing/testing';
import { cloneDatabase, type TestDatabase } from '../support/database';
import { startPlantedApp, type PlantedSettings } from './planted-app';

const access = defineAccess({
  permissions: { notes: ['read', 'write'] },
  roles: { reader: { grants: ['notes:read'] }, writer: { grants: ['notes:write'] } },
  separate: [['reader', 'writer']],
});

@Controller('notes')
class NotesController {
  @Authenticated()
  @Get('me')
  me(@CurrentPrincipal() principal: Principal) {
    return principal;
  }

  @RequirePermissions<string>('notes:read')
  @Get()
  read() {
    return {};
  }

  @RequirePermissions<string>('notes:write')
  @Post()
  write() {
    return {};
  }

  @Roles<string>('reader')
  @Get('of-readers')
  ofReaders() {
    return {};
  }

  @StepUp({ maxAge: 300, amr: ['otp'] })
  @Get('fresh')
  fresh() {
    return {};
  }
}

const ROUTES = ['GET /notes', 'POST /notes', 'GET /notes/of-readers', 'GET /notes/fresh'] as const;

let database: TestDatabase;

beforeAll(async () => {
  database = await cloneDatabase();
});

afterAll(() => database.drop());

function start(settings: Partial<PlantedSettings> = {}): Promise<INestApplication> {
  return startPlantedApp(database, { access, controllers: [NotesController], ...settings });
}

async function statuses(app: INestApplication, principal: TestPrincipal): Promise<number[]> {
  const found: number[] = [];
  for (const route of ROUTES) {
    const [method, path = ''] = route.split(' ');
    const agent = request(app.getHttpServer());
    const sent = method === 'GET' ? agent.get(path) : agent.post(path);
    found.push((await principal.as(sent)).status);
  }
  return found;
}

describe.each(['express', 'fastify'] as const)('asPrincipal on %s', (adapter) => {
  let app: INestApplication;

  beforeAll(async () => {
    app = await start({ adapter });
  });

  afterAll(() => app.close());

  it('makes somebody who may do exactly what was asked for', async () => {
    const nobody = await asPrincipal(app);
    const reads = await asPrincipal(app, { permissions: ['notes:read'] });
    const all = await asPrincipal(app, { permissions: ['notes:*'] });
    const reader = await asPrincipal(app, { roles: ['reader'] });
    const both = await asPrincipal(app, { roles: ['reader'], permissions: ['notes:write'] });

    expect(await statuses(app, nobody)).toEqual([403, 403, 403, 401]);
    expect(await statuses(app, reads)).toEqual([200, 403, 403, 401]);
    expect(await statuses(app, all)).toEqual([200, 201, 403, 401]);
    expect(await statuses(app, reader)).toEqual([200, 403, 200, 401]);
    expect(await statuses(app, both)).toEqual([200, 201, 200, 401]);
  });

  it('authenticates when and how it is told', async () => {
    const fresh = await asPrincipal(app, { amr: ['pwd', 'otp'] });
    const stale = await asPrincipal(app, { amr: ['pwd', 'otp'], authTime: new Date(0) });

    expect((await statuses(app, fresh))[3]).toBe(200);
    expect((await statuses(app, stale))[3]).toBe(401);
  });

  it('makes a real session, which ends as any other', async () => {
    const principal = await asPrincipal(app, { permissions: ['notes:read'] });
    const me = await principal.as(request(app.getHttpServer()).get('/notes/me'));
    expect(me.body).toMatchObject({
      accountId: principal.accountId,
      sessionId: principal.sessionId,
      amr: ['pwd'],
    });

    await app
      .get(SessionsService, { strict: false })
      .revokeOwn(principal.accountId, principal.sessionId);

    expect(await statuses(app, principal)).toEqual([401, 401, 401, 401]);
  });

  it('shares roles between the same wishes, but never accounts', async () => {
    const list = async () =>
      (await app.get(RolesService, { strict: false }).list({ q: 'testing-', limit: 100 }, {}))
        .items;
    const wishes = { permissions: ['notes:write', 'notes:read'] };
    const one = await asPrincipal(app, wishes);
    const before = await list();
    const others = await Promise.all([
      asPrincipal(app, { permissions: ['notes:read', 'notes:write'] }),
      asPrincipal(app, wishes),
    ]);

    expect(await list()).toEqual(before);
    expect(new Set([one, ...others].map(({ accountId }) => accountId)).size).toBe(3);
  });

  it('grants what was asked for also when a test changed the role that carries it', async () => {
    await asPrincipal(app, { permissions: ['auth.users:read'] });
    const roles = app.get(RolesService, { strict: false });
    const made = (await roles.list({ q: 'testing-', limit: 100 }, {})).items.find(
      ({ permissions }) => permissions.join() === 'auth.users:read',
    );
    await roles.update(made?.id ?? '', { permissions: ['notes:write'] }, {}, {});

    const principal = await asPrincipal(app, { permissions: ['auth.users:read'] });

    const authorities = app.get(AuthorityService, { strict: false });
    expect((await authorities.of(principal.accountId)).permissions).toEqual(['auth.users:read']);
  });

  it('names what there is where a permission or a role is unknown', async () => {
    await expect(asPrincipal(app, { permissions: ['notes:raed'] })).rejects.toThrow(
      /asPrincipal: no permission is named notes:raed\. There are: .*notes:read/,
    );
    await expect(asPrincipal(app, { roles: ['raeder'] })).rejects.toThrow(
      /asPrincipal: no role is named raeder\. There are: .*reader.*testing-/,
    );
  });

  it('lets the rules of separation speak for themselves', async () => {
    await expect(asPrincipal(app, { roles: ['reader', 'writer'] })).rejects.toMatchObject({
      code: 'separation_of_duty',
    });
  });
});

describe('asPrincipal in a tenant', () => {
  it.each([
    ['claim', {}],
    ['header', { header: 'x-organisation' }],
    ['subdomain', { domain: 'app.example.org' }],
  ] as const)('acts there and nowhere else, by %s', async (source, options) => {
    const app = await start({ options: { tenancy: { source, ...options } } });
    try {
      const [acme, other] = [`acme-${source}`, `other-${source}`];
      const principal = await asPrincipal(app, { permissions: ['notes:read'], tenant: acme });
      const again = await asPrincipal(app, { tenant: principal.tenantId });
      const elsewhere = await asPrincipal(app, { permissions: ['notes:read'], tenant: other });

      const me = await principal.as(request(app.getHttpServer()).get('/notes/me'));
      expect((me.body as Principal).tenantId).toBe(principal.tenantId);
      expect(again.tenantId).toBe(principal.tenantId);
      expect(elsewhere.tenantId).not.toBe(principal.tenantId);
      expect((await statuses(app, principal)).slice(0, 2)).toEqual([200, 403]);
      expect((await statuses(app, again)).slice(0, 2)).toEqual([403, 403]);

      const { authorization = '' } = elsewhere.headers;
      const crossing = { ...principal.headers, authorization };
      const crossed = await request(app.getHttpServer()).get('/notes').set(crossing);
      expect(crossed.status).toBe(source === 'claim' ? 200 : 404);
    } finally {
      await app.close();
    }
  });

  it('registers a tenant under the id that it is given', async () => {
    const app = await start();
    const tenant = '0199c000-0000-7000-8000-00000000a001';
    try {
      expect((await asPrincipal(app, { tenant })).tenantId).toBe(tenant);
      await expect(asPrincipal(app, { tenant: 'No Key' })).rejects.toMatchObject({
        code: 'validation_failed',
      });
    } finally {
      await app.close();
    }
  });
});

it('says so where the application has no AuthModule', async () => {
  @Module({})
  class EmptyModule {}
  const app = await NestFactory.create(EmptyModule, { logger: false });

  await expect(asPrincipal(app)).rejects.toThrow(/asPrincipal: .*does not import AuthModule/);

  await app.close();
});

it('is not needed where a team overrides the guards themselves', async () => {
  const open = { canActivate: () => true };
  const app = await start({
    override: (builder) =>
      builder
        .overrideProvider(JwtAuthGuard)
        .useValue(open)
        .overrideProvider(RolesGuard)
        .useValue(open),
  });

  const answer = await request(app.getHttpServer()).get('/notes');
  await app.get(ChangeFeed, { strict: false }).catchUp();
  await app.close();

  expect(answer.status).toBe(200);
});
