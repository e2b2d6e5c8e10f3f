import {
  Injectable,
  Module,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessModule } from '../../src/access/access.module';
import { PolicyGuard } from '../../src/access/policy.guard';
import { RolesGuard } from '../../src/access/roles.guard';
import { ClockModule } from '../../src/clock/clock.module';
import { DatabaseModule } from '../../src/database/database.module';
import { authEntities } from '../../src/entities';
import { AuthErrorFilter } from '../../src/errors/problem.filter';
import { AuthOptionsModule } from '../../src/options/auth-options.module';
import type { StructuralAuthOptions } from '../../src/options/structural-options';
import { RequestsModule } from '../../src/requests/requests.module';
import { setPrincipal } from '../../src/route-access/principal';
import { TelemetryModule } from '../../src/telemetry/telemetry.module';
import { SECRETS } from '../support/auth-options';
import type { TestDatabase } from '../support/database';
import { access } from './access-store';

export const SESSION_ID = '0199c000-0000-7000-8000-000000000001';

/** Believes whoever names an account: authentication is not what these tests are about. */
@Injectable()
class BelievingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    const accountId = request.headers['x-account'];
    const tenantId = request.headers['x-tenant'];
    if (accountId !== undefined) {
      setPrincipal(request, {
        accountId,
        sessionId: SESSION_ID,
        tenantId,
        authTime: Number(request.headers['x-auth-time'] ?? 0),
        amr: (request.headers['x-amr'] ?? 'pwd').split(' '),
      });
    }
    return true;
  }
}

export interface AccessAppSettings {
  readonly controllers: readonly Type[];
  readonly structure?: Partial<StructuralAuthOptions>;
  /** Modules of third parties, or with the policies of the controllers. */
  readonly imports?: readonly Type[];
}

/** A real application with the real guards, not yet started. */
export async function buildAccessApp(
  { url }: TestDatabase,
  { controllers, structure, imports = [] }: AccessAppSettings,
): Promise<NestExpressApplication> {
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url,
        entities: authEntities(),
        uuidExtension: 'pgcrypto',
        installExtensions: false,
        retryAttempts: 0,
      }),
      AuthOptionsModule.forRoot(
        { access, ...structure },
        {
          useFactory: () => ({
            issuer: 'https://api.example.org',
            secrets: [SECRETS.first],
            passwordPeppers: [{ version: 1, secret: 'mN5bV8cX1zL4kJ7hG0fD3sA6pO9iU2yT' }],
          }),
        },
      ),
      ClockModule,
      DatabaseModule.forRoot(),
      RequestsModule,
      TelemetryModule,
      AccessModule,
      ...imports,
    ],
    controllers: [...controllers],
    providers: [
      { provide: APP_GUARD, useClass: BelievingGuard },
      { provide: APP_GUARD, useExisting: RolesGuard },
      { provide: APP_GUARD, useExisting: PolicyGuard },
      { provide: APP_FILTER, useExisting: AuthErrorFilter },
    ],
  })
  class HostModule {}
  const module = await Test.createTestingModule({ imports: [HostModule] }).compile();
  return module.createNestApplication<NestExpressApplication>({ logger: false });
}
