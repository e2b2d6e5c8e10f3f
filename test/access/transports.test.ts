import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Controller, Get, Module, type INestApplication, type Type } from '@nestjs/common';
import { Args, GraphQLModule, Mutation, Query, Resolver } from '@nestjs/graphql';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import request from 'supertest';
import { AssignmentsService } from '../../src/access/assignments.service';
import { AuthModule } from '../../src/auth.module';
import { AccountStatusService } from '../../src/authentication/account-status.service';
import { ChangeFeed } from '../../src/change-feed/change-feed';
import { Database } from '../../src/database/database';
import { authEntities } from '../../src/entities';
import { AccountCreation } from '../../src/registration/account-creation.service';
import {
  Authenticated,
  LoosenAccess,
  Public,
  RequirePermissions,
  Roles,
} from '../../src/route-access/access.decorators';
import { CurrentPrincipal } from '../../src/route-access/current-principal.decorator';
import type { Principal } from '../../src/route-access/principal';
import { PASSWORD, testAccess } from '../support/auth-app';
import { SECRETS } from '../support/auth-options';
import { cloneDatabase, type TestDatabase } from '../support/database';

@Roles<string>('reader')
@Controller('things')
class ThingsRoutes {
  @Get('read')
  read(@CurrentPrincipal() { accountId }: Principal) {
    return { data: accountId };
  }

  @RequirePermissions<string>('things:write')
  @Get('write')
  write() {
    return { data: 'written' };
  }

  @LoosenAccess({ reason: 'everybody may see who they are' })
  @Authenticated()
  @Get('mine')
  mine(@CurrentPrincipal() { accountId }: Principal) {
    return { data: accountId };
  }

  @Public({ reason: 'a probe' })
  @Get('probe')
  probe() {
    return { data: 'alive' };
  }
}

@Roles<string>('reader')
@Resolver()
class ThingsResolver {
  @Query(() => String)
  read(@CurrentPrincipal() { accountId }: Principal): string {
    return accountId;
  }

  @RequirePermissions<string>('things:write')
  @Mutation(() => String)
  write(@Args('text', { type: () => String, nullable: true }) text?: string): string {
    return text ?? 'written';
  }

  @LoosenAccess({ reason: 'everybody may see who they are' })
  @Authenticated()
  @Query(() => String)
  mine(@CurrentPrincipal() { accountId }: Principal): string {
    return accountId;
  }

  @Public({ reason: 'a probe' })
  @Query(() => String)
  probe(): string {
    return 'alive';
  }
}

/** What a client saw: the answer, or the stable code. */
interface Seen {
  readonly data?: unknown;
  readonly code?: string;
  readonly body: object;
}

interface Surface {
  readonly name: string;
  readonly adapter: 'express' | 'fastify';
  readonly call: (app: INestApplication, event: string, token?: string) => Promise<Seen>;
}

function authorized(sent: request.Test, token?: string): request.Test {
  return token === undefined ? sent : sent.set('Authorization', `Bearer ${token}`);
}

async function overHttp(app: INestApplication, event: string, token?: string): Promise<Seen> {
  const { body } = await authorized(request(app.getHttpServer()).get(`/things/${event}`), token);
  return { ...(body as { data?: unknown; code?: string }), body: body as object };
}

async function askGraphql(app: INestApplication, query: string, token?: string) {
  const sent = request(app.getHttpServer()).post('/graphql').send({ query });
  const { body } = await authorized(sent, token);
  return body as {
    data?: Record<string, unknown> | null;
    errors?: { message: string; extensions: Record<string, unknown> }[];
  };
}

async function overGraphql(app: INestApplication, event: string, token?: string): Promise<Seen> {
  const query = event === 'write' ? 'mutation { write }' : `{ ${event} }`;
  const body = await askGraphql(app, query, token);
  return { data: body.data?.[event], code: body.errors?.[0]?.extensions['code'] as string, body };
}

const SURFACES: readonly Surface[] = [
  { name: 'HTTP on Express', adapter: 'express', call: overHttp },
  { name: 'HTTP on Fastify', adapter: 'fastify', call: overHttp },
  { name: 'GraphQL', adapter: 'express', call: overGraphql },
];

function hostOf({ url }: TestDatabase, withGraphql: boolean): Type {
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url,
        entities: [...authEntities()],
        uuidExtension: 'pgcrypto',
        installExtensions: false,
      }),
      AuthModule.forRoot({
        access: testAccess,
        issuer: 'https://api.example.org',
        secrets: [SECRETS.first],
        passwordPeppers: [{ version: 1, secret: 'mN5bV8cX1zL4kJ7hG0fD3sA6pO9iU2yT' }],
        passwords: { cost: 10 },
        throttleEveryRoute: true,
      }),
      ...(withGraphql
        ? [
            GraphQLModule.forRoot<ApolloDriverConfig>({
              driver: ApolloDriver,
              autoSchemaFile: true,
              graphiql: false,
              includeStacktraceInErrorResponses: true,
            }),
          ]
        : []),
    ],
    controllers: [ThingsRoutes],
    providers: withGraphql ? [ThingsResolver] : [],
  })
  class HostModule {}
  return HostModule;
}

describe.each(SURFACES)('access on $name', ({ adapter, call }) => {
  let database: TestDatabase;
  let app: INestApplication;
  let accounts = 0;

  beforeAll(async () => {
    database = await cloneDatabase();
    const module = await Test.createTestingModule({
      imports: [hostOf(database, adapter === 'express')],
    }).compile();
    if (adapter === 'fastify') {
      const made = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
        logger: false,
      });
      await made.init();
      await made.getHttpAdapter().getInstance().ready();
      app = made;
    } else {
      app = module.createNestApplication<NestExpressApplication>({ logger: false });
      await app.init();
    }
  });

  afterEach(() => jest.restoreAllMocks());

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  async function login(...roles: string[]) {
    const email = `somebody-${(accounts += 1)}@example.org`;
    const creation = app.get(AccountCreation, { strict: false });
    const { id } = await creation.create({ email, password: PASSWORD, emailVerified: true });
    for (const role of roles) {
      await app.get(AssignmentsService, { strict: false }).assign({ accountId: id, role });
    }
    const { body } = await request(app.getHttpServer())
      .post('/auth/login')
      .send({ email, password: PASSWORD, transport: 'body' });
    const { access_token, refresh_token } = body as Record<string, string>;
    return { id, token: access_token ?? '', refreshToken: refresh_token ?? '' };
  }

  it('AZ-12: is what class and method require', async () => {
    const of = async (token?: string) => {
      const codes: unknown[] = [];
      for (const event of ['read', 'write', 'mine', 'probe']) {
        codes.push((await call(app, event, token)).code ?? 'answered');
      }
      return codes;
    };
    const unknown = 'unauthenticated';

    expect(await of()).toEqual([unknown, unknown, unknown, 'answered']);
    expect(await of((await login()).token)).toEqual([
      'forbidden',
      'forbidden',
      'answered',
      'answered',
    ]);
    expect(await of((await login('reader')).token)).toEqual([
      'answered',
      'forbidden',
      'answered',
      'answered',
    ]);
    expect(await of((await login('writer')).token)).toEqual([
      'answered',
      'answered',
      'answered',
      'answered',
    ]);
  });

  it('AZ-12: is nobody’s with a token that is not ours', async () => {
    const { token } = await login('writer');

    expect((await call(app, 'read', `${token.slice(0, -6)}AAAAAA`)).code).toBe('invalid_token');
  });

  it('is public without a credential and without a query', async () => {
    const query = jest.spyOn(Database.prototype, 'query');

    expect((await call(app, 'probe')).data).toBe('alive');

    expect(query).not.toHaveBeenCalled();
  });

  it('ends with the session, and with the account', async () => {
    const [one, other] = [await login('reader'), await login('reader')];
    expect((await call(app, 'read', one.token)).data).toBe(one.id);

    await request(app.getHttpServer())
      .post('/auth/logout')
      .send({ refresh_token: one.refreshToken });
    await app.get(AccountStatusService, { strict: false }).disable(other.id);
    await app.get(ChangeFeed, { strict: false }).catchUp();

    expect((await call(app, 'read', one.token)).code).toBe('invalid_token');
    expect((await call(app, 'read', other.token)).code).toBe('invalid_token');
  });

  it('AZ-14: tells neither cause nor stack', async () => {
    const { body } = await call(app, 'write', (await login('reader')).token);

    expect(JSON.stringify(body)).not.toMatch(/node_modules|src\/|\.ts|\.js| at /);
  });
});

describe('a GraphQL request of several fields', () => {
  let database: TestDatabase;
  let app: INestApplication;

  beforeAll(async () => {
    database = await cloneDatabase();
    const module = await Test.createTestingModule({ imports: [hostOf(database, true)] }).compile();
    app = module.createNestApplication({ logger: false });
    await app.init();
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('AZ-12: is decided field by field, for one principal that was verified once or side by side', async () => {
    const creation = app.get(AccountCreation, { strict: false });
    const email = 'reader@example.org';
    const { id } = await creation.create({ email, password: PASSWORD, emailVerified: true });
    await app.get(AssignmentsService, { strict: false }).assign({ accountId: id, role: 'reader' });
    const { body } = await request(app.getHttpServer())
      .post('/auth/login')
      .send({ email, password: PASSWORD, transport: 'body' });

    const { access_token: token } = body as { access_token: string };
    const query = '{ one: read two: read three: mine probe }';

    expect((await askGraphql(app, query, token)).data).toEqual({
      one: id,
      two: id,
      three: id,
      probe: 'alive',
    });
    const mixed = await askGraphql(app, 'mutation { write }', token);
    expect(mixed.errors).toEqual([
      {
        message: 'Access is denied',
        locations: [{ line: 1, column: 12 }],
        path: ['write'],
        extensions: {
          code: 'forbidden',
          title: 'Access is denied',
          stacktrace: ['AuthError: Access is denied'],
        },
      },
    ]);
  });
});
