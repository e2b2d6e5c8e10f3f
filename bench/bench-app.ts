import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AUTH_MIGRATIONS, library } from './library';
import {
  ACCOUNTS,
  BENCH_OPTIONS,
  PASSWORD,
  POOL_SIZE,
  TENANT_ID,
  type HttpAdapterName,
} from './workload';

const {
  AccountCreation,
  AssignmentsService,
  AuthModule,
  authEntities,
  defineAccess,
  Public,
  RequirePermissions,
  Roles,
  RolesService,
  runMigrations,
  TenantsService,
} = library;

type BenchApplication = NestExpressApplication | NestFastifyApplication;

/** The application under measurement, as a process of its own: the same handler open and guarded. */
@Controller()
class BenchController {
  @Public({ reason: 'the measure to compare with' })
  @Get('open')
  open() {
    return { ok: true };
  }

  @RequirePermissions<string>('things:read')
  @Get('guarded')
  guarded() {
    return { ok: true };
  }

  @Roles<string>('reader')
  @RequirePermissions<string>('things:read', 'things:update')
  @Get('in-tenant')
  inTenant() {
    return { ok: true };
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env.DATABASE_URL,
      entities: [...authEntities()],
      migrations: AUTH_MIGRATIONS,
      uuidExtension: 'pgcrypto',
      installExtensions: false,
      poolSize: POOL_SIZE,
      applicationName: 'bench',
    }),
    AuthModule.forRoot({
      access: defineAccess({
        permissions: { things: ['read', 'update'] },
        roles: { reader: { grants: ['things:read'] } },
      }),
      ...BENCH_OPTIONS,
    }),
  ],
  controllers: [BenchController],
})
class BenchModule {}

async function main(): Promise<void> {
  const app = await create(process.env.HTTP_ADAPTER as HttpAdapterName);
  await runMigrations(app.get(DataSource));
  await app.init();
  await createAccounts(app);
  await app.listen(0, '127.0.0.1');
  process.on('message', (question) => {
    if (question === 'cpu') process.send?.({ cpu: process.cpuUsage() });
  });
  process.on('disconnect', () => void app.close().then(() => process.exit(0)));
  process.send?.({ url: (await app.getUrl()).replace('[::1]', '127.0.0.1') });
}

async function create(adapter: HttpAdapterName): Promise<BenchApplication> {
  if (adapter === 'fastify') {
    const fastify = new FastifyAdapter();
    return NestFactory.create<NestFastifyApplication>(BenchModule, fastify, { logger: false });
  }
  const app = await NestFactory.create<NestExpressApplication>(BenchModule, { logger: false });
  app.disable('x-powered-by');
  return app;
}

/** Every account holds a role of code everywhere, and one of the database in a tenant. */
async function createAccounts(app: BenchApplication): Promise<void> {
  const [accounts, assignments, tenants, roles] = [
    app.get(AccountCreation, { strict: false }),
    app.get(AssignmentsService, { strict: false }),
    app.get(TenantsService, { strict: false }),
    app.get(RolesService, { strict: false }),
  ];
  const { id: tenantId } = await tenants.create({ id: TENANT_ID, key: 'bench', name: 'Bench' });
  const editor = { name: 'editor', permissions: ['things:update'], parents: [] };
  const { id: roleId } = await roles.create(editor, {}, {});
  for (const email of ACCOUNTS) {
    const { id } = await accounts.create({ email, password: PASSWORD, emailVerified: true });
    await assignments.assign({ accountId: id, role: 'reader' });
    await assignments.assign({ accountId: id, roleId, tenantId });
  }
}

void main();
