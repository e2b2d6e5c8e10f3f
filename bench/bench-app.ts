import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  AccountCreation,
  AssignmentsService,
  AuthModule,
  authEntities,
  defineAccess,
  Public,
  RequirePermissions,
  runMigrations,
} from '@portcullis/nest';
import { AUTH_MIGRATIONS } from '@portcullis/nest/migrations';
import { DataSource } from 'typeorm';
import { ACCOUNTS, BENCH_OPTIONS, PASSWORD, POOL_SIZE } from './workload';

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
        permissions: { things: ['read'] },
        roles: { reader: { grants: ['things:read'] } },
      }),
      ...BENCH_OPTIONS,
    }),
  ],
  controllers: [BenchController],
})
class BenchModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(BenchModule, { logger: false });
  app.disable('x-powered-by');
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

async function createAccounts(app: NestExpressApplication): Promise<void> {
  const [accounts, assignments] = [
    app.get(AccountCreation, { strict: false }),
    app.get(AssignmentsService, { strict: false }),
  ];
  for (const email of ACCOUNTS) {
    const { id } = await accounts.create({ email, password: PASSWORD, emailVerified: true });
    await assignments.assign({ accountId: id, role: 'reader' });
  }
}

void main();
