import {
  Controller,
  Get,
  Module,
  Post,
  type INestApplication,
  type LoggerService,
  type ModuleMetadata,
  type Provider,
  type Type,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { AUTH_MIGRATIONS } from '../../migrations';
import { AssignmentsService } from '../../src/access/assignments.service';
import { AuthModule } from '../../src/auth.module';
import { ChangeFeed } from '../../src/change-feed/change-feed';
import { Clock } from '../../src/clock/clock';
import { authEntities } from '../../src/entities';
import type { AuthOptions } from '../../src/options/auth-options';
import { PASSWORD_BOUNDS } from '../../src/options/password-options';
import type { StructuralAuthOptions } from '../../src/options/structural-options';
import { AccountCreation } from '../../src/registration/account-creation.service';
import {
  Authenticated,
  Public,
  RequirePermissions,
} from '../../src/route-access/access.decorators';
import { CurrentPrincipal } from '../../src/route-access/current-principal.decorator';
import { defineAccess } from '../../src/route-access/define-access';
import type { Principal } from '../../src/route-access/principal';
import { SECRETS } from './auth-options';
import { cloneDatabase, type TestDatabase } from './database';
import { plainAdapter } from './web-framework';

export const ORIGIN = 'https://api.example.org';
export const PASSWORD = 'a long enough pass phrase 42';

/** A catalogue of the tests' own; the names are free, because the only registered one is the server's. */
export const testAccess = defineAccess({
  permissions: { things: ['read', 'write'] },
  roles: {
    reader: { grants: ['things:read'] },
    writer: { inherits: ['reader'], grants: ['things:write'] },
  },
});

@Controller('things')
export class ThingsController {
  @Public({ reason: 'a test looks at it' })
  @Get('open')
  open() {
    return { open: true };
  }

  @Authenticated()
  @Get('mine')
  mine(@CurrentPrincipal() principal: Principal) {
    return principal;
  }

  @RequirePermissions<string>('things:read')
  @Get()
  read(@CurrentPrincipal() principal: Principal) {
    return { by: principal.accountId };
  }

  @RequirePermissions<string>('things:write')
  @Post()
  write() {
    return { written: true };
  }
}

/** What a test wants different. */
export interface AuthAppSettings {
  readonly options?: Partial<AuthOptions>;
  readonly structure?: Partial<StructuralAuthOptions>;
  readonly controllers?: readonly Type[];
  /** Gateways and resolvers are providers. */
  readonly providers?: readonly Provider[];
  readonly imports?: readonly NonNullable<ModuleMetadata['imports']>[number][];
  /** What a host does between the making of the application and its start. */
  readonly prepare?: (nest: INestApplication) => void | Promise<void>;
  readonly clock?: Clock;
  readonly logger?: LoggerService;
  /** Share a database with another application, as instances of a fleet do. */
  readonly database?: TestDatabase;
}

/** A real application with the real module, a real database and real HTTP, on either web framework. */
export interface AuthApp {
  readonly nest: INestApplication;
  readonly database: TestDatabase;
  readonly dataSource: DataSource;
  readonly url: string;
  /** Waits until every change that is committed by now is known to this instance. */
  settle(): Promise<void>;
  createAccount(email: string, ...roles: string[]): Promise<string>;
  post(path: string, body?: object | string): request.Test;
  get(path: string): request.Test;
  delete(path: string): request.Test;
  sql<Row = Record<string, unknown>>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Real hashes, and the cheapest that bcrypt makes: what they cost is no matter of what is tested here. */
const HASH_COST = 4;
Object.assign(PASSWORD_BOUNDS.cost, { min: HASH_COST });

/** Limits out of the way, hashing next to free. */
const TEST_OPTIONS: AuthOptions = {
  issuer: ORIGIN,
  secrets: [SECRETS.first],
  passwordPeppers: [{ version: 1, secret: 'mN5bV8cX1zL4kJ7hG0fD3sA6pO9iU2yT' }],
  passwords: { cost: HASH_COST },
  throttling: {
    login: { limit: 100_000 },
    refresh: { limit: 100_000 },
    pages: { limit: 100_000 },
    account: { limit: 100_000 },
    application: { limit: 100_000 },
  },
  // A wait that no slow machine outlasts: where guesses are stopped is what tests look at.
  guessing: { sourceCap: 100_000, firstDelaySeconds: 60 },
};

export async function startAuthApp(settings: AuthAppSettings = {}): Promise<AuthApp> {
  const database = settings.database ?? (await cloneDatabase());
  const builder = Test.createTestingModule({ imports: [hostOf(database, settings)] });
  if (settings.clock !== undefined) builder.overrideProvider(Clock).useValue(settings.clock);
  const module = await builder.compile();
  const nest = module.createNestApplication(plainAdapter(), { logger: settings.logger ?? false });
  await settings.prepare?.(nest);
  try {
    await nest.listen(0, '127.0.0.1');
  } catch (error) {
    // What a refused boot had opened must not outlive the test.
    await nest.close().catch(() => undefined);
    if (settings.database === undefined) await database.drop();
    throw error;
  }
  const url = (await nest.getUrl()).replace('[::1]', '127.0.0.1');
  const dataSource = nest.get(DataSource);
  const agent = request(url);
  return {
    nest,
    database,
    dataSource,
    url,
    settle: () => nest.get(ChangeFeed, { strict: false }).catchUp(),
    async createAccount(email, ...roles) {
      const creation = nest.get(AccountCreation, { strict: false });
      const { id } = await creation.create({ email, password: PASSWORD, emailVerified: true });
      const assignments = nest.get(AssignmentsService, { strict: false });
      for (const role of roles) await assignments.assign({ accountId: id, role });
      return id;
    },
    post: (path, body) => agent.post(path).send(body ?? {}),
    get: (path) => agent.get(path),
    delete: (path) => agent.delete(path),
    sql: (sql, parameters) => dataSource.query(sql, parameters),
    async close() {
      await nest.close();
      if (settings.database === undefined) await database.drop();
    },
  };
}

function hostOf({ url }: TestDatabase, settings: AuthAppSettings): Type {
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url,
        entities: [...authEntities()],
        migrations: AUTH_MIGRATIONS,
        uuidExtension: 'pgcrypto',
        installExtensions: false,
        poolSize: 10,
      }),
      AuthModule.forRoot({
        access: testAccess,
        ...settings.structure,
        ...TEST_OPTIONS,
        ...settings.options,
      }),
      ...(settings.imports ?? []),
    ],
    controllers: [...(settings.controllers ?? [ThingsController])],
    providers: [...(settings.providers ?? [])],
  })
  class HostModule {}
  return HostModule;
}
