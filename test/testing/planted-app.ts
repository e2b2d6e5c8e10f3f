import { Module, type INestApplication, type Provider, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from '../../src/auth.module';
import { authEntities } from '../../src/entities';
import type { AuthOptions } from '../../src/options/auth-options';
import type { StructuralAuthOptions } from '../../src/options/structural-options';
import { SECRETS } from '../support/auth-options';
import type { TestDatabase } from '../support/database';

/** An application that imports the module as a team does. */
export interface PlantedSettings {
  readonly access: StructuralAuthOptions['access'];
  readonly structure?: Partial<StructuralAuthOptions>;
  readonly options?: Partial<AuthOptions>;
  readonly controllers?: readonly Type[];
  readonly providers?: readonly Provider[];
  readonly imports?: NonNullable<Parameters<typeof Module>[0]['imports']>;
  readonly adapter?: 'express' | 'fastify';
  /** What the planted application breaks. */
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  readonly prepare?: (app: INestApplication) => void;
}

/** Started as far as its providers; it does not listen. */
export async function startPlantedApp(
  { url }: TestDatabase,
  settings: PlantedSettings,
): Promise<INestApplication> {
  const { adapter = 'express', override = (builder) => builder, prepare } = settings;
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url,
        entities: [...authEntities()],
        uuidExtension: 'pgcrypto',
        installExtensions: false,
        retryAttempts: 0,
      }),
      AuthModule.forRoot({
        access: settings.access,
        administration: false,
        ...settings.structure,
        issuer: 'https://api.example.org',
        secrets: [SECRETS.first],
        passwordPeppers: [{ version: 1, secret: 'mN5bV8cX1zL4kJ7hG0fD3sA6pO9iU2yT' }],
        passwords: { cost: 10 },
        throttling: { pages: { limit: 100_000 }, account: { limit: 100_000 } },
        ...settings.options,
      }),
      ...(settings.imports ?? []),
    ],
    controllers: [...(settings.controllers ?? [])],
    providers: [...(settings.providers ?? [])],
  })
  class HostModule {}
  const module = await override(Test.createTestingModule({ imports: [HostModule] })).compile();
  const app: INestApplication =
    adapter === 'fastify'
      ? module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
          logger: false,
        })
      : module.createNestApplication({ logger: false });
  prepare?.(app);
  try {
    await app.init();
    if (adapter === 'fastify') {
      await (app as NestFastifyApplication).getHttpAdapter().getInstance().ready();
    }
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}
