import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, RouterModule } from '@nestjs/core';
import { AccessMapModule } from './access-map/access-map.module';
import { AccessModule } from './access/access.module';
import { PolicyGuard } from './access/policy.guard';
import { RolesGuard } from './access/roles.guard';
import { AccountsModule } from './accounts/accounts.module';
import { AdministrationModule } from './administration/administration.module';
import { AuditModule } from './audit/audit.module';
import { AuthenticationModule } from './authentication/authentication.module';
import { JwtAuthGuard } from './authentication/jwt-auth.guard';
import { ChangeFeedModule } from './change-feed/change-feed.module';
import { ClockModule } from './clock/clock.module';
import { DatabaseModule } from './database/database.module';
import { DeliveryModule } from './delivery/delivery.module';
import { DiscoveryModule } from './discovery/discovery.module';
import { AuthErrorFilter } from './errors/problem.filter';
import { ExplanationModule } from './explanation/explanation.module';
import { FormsModule } from './forms/forms.module';
import { GatewaysModule } from './gateways/gateways.module';
import { IntrospectionModule } from './introspection/introspection.module';
import { HousekeepingModule } from './housekeeping/housekeeping.module';
import { KeysModule } from './keys/keys.module';
import type { AuthOptions } from './options/auth-options';
import { AuthOptionsModule, type AuthOptionsFactory } from './options/auth-options.module';
import { DEFAULT_PREFIX, type StructuralAuthOptions } from './options/structural-options';
import { RecoveryModule } from './recovery/recovery.module';
import { RegistrationModule } from './registration/registration.module';
import { BrowserSettingsCheck } from './requests/browser-settings-check';
import { RequestsModule } from './requests/requests.module';
import { RolesModule } from './roles/roles.module';
import { SessionsModule } from './sessions/sessions.module';
import { TelemetryModule } from './telemetry/telemetry.module';
import { TenantsModule } from './tenants/tenants.module';
import { AuthThrottlerGuard } from './throttling/auth-throttler.guard';
import { ThrottlingModule } from './throttling/throttling.module';

const DEFAULT_ADMIN_PREFIX = 'admin';

/** The order decides: a throttled request costs no signature, an anonymous one no look at roles. */
const GLOBAL_GUARDS: Provider[] = [
  { provide: APP_GUARD, useExisting: AuthThrottlerGuard },
  { provide: APP_GUARD, useExisting: JwtAuthGuard },
  { provide: APP_GUARD, useExisting: RolesGuard },
  { provide: APP_GUARD, useExisting: PolicyGuard },
];

/**
 * Authentication and access control for the application that imports it.
 *
 * Every route is guarded from then on: one that declares nothing stops the boot.
 *
 * @example
 * AuthModule.forRootAsync({
 *   access,
 *   inject: [ConfigService],
 *   useFactory: (config: ConfigService) => ({
 *     issuer: config.getOrThrow('PUBLIC_URL'),
 *     secrets: [config.getOrThrow('AUTH_SECRET')],
 *     passwordPeppers: [{ version: 1, secret: config.getOrThrow('AUTH_PEPPER') }],
 *   }),
 * })
 *
 * @publicApi
 */
@Module({})
export class AuthModule {
  /** With options that are known when the module is declared. */
  static forRoot({
    access,
    dataSource,
    prefix,
    adminPrefix,
    administration,
    unannotated,
    thirdParty,
    throttleEveryRoute,
    globalGuards,
    forms,
    ...options
  }: StructuralAuthOptions & AuthOptions): DynamicModule {
    return AuthModule.forRootAsync({
      access,
      dataSource,
      prefix,
      adminPrefix,
      administration,
      unannotated,
      thirdParty,
      throttleEveryRoute,
      globalGuards,
      forms,
      useFactory: () => options,
    });
  }

  /**
   * With options that a factory makes. What decides about modules and routes stands beside the
   * factory, because Nest has to know it first.
   */
  static forRootAsync({
    imports,
    inject,
    useFactory,
    ...structure
  }: StructuralAuthOptions & AuthOptionsFactory): DynamicModule {
    const path = structure.prefix ?? DEFAULT_PREFIX;
    const adminPath = structure.adminPrefix ?? DEFAULT_ADMIN_PREFIX;
    return {
      module: AuthModule,
      imports: [
        AuthOptionsModule.forRoot(structure, { imports, inject, useFactory }),
        ClockModule,
        TelemetryModule,
        DatabaseModule.forRoot(structure.dataSource),
        RequestsModule,
        AuditModule,
        ChangeFeedModule,
        AccountsModule,
        DeliveryModule,
        ThrottlingModule,
        SessionsModule,
        TenantsModule,
        KeysModule,
        AccessModule,
        RolesModule,
        ExplanationModule,
        AccessMapModule,
        AuthenticationModule,
        RecoveryModule,
        RegistrationModule,
        DiscoveryModule,
        IntrospectionModule,
        GatewaysModule,
        HousekeepingModule,
        ...(structure.forms === undefined ? [] : [FormsModule.forRoot(structure.forms)]),
        ...(structure.administration === false ? [] : [AdministrationModule]),
        RouterModule.register([
          { path, module: AuthenticationModule },
          { path, module: RecoveryModule },
          { path, module: IntrospectionModule },
          { path, module: FormsModule },
          { path: adminPath, module: AdministrationModule },
        ]),
      ],
      providers: [
        BrowserSettingsCheck,
        ...(structure.globalGuards === false ? [] : GLOBAL_GUARDS),
        { provide: APP_FILTER, useExisting: AuthErrorFilter },
      ],
      exports: [
        AccessModule,
        AccessMapModule,
        AccountsModule,
        AuditModule,
        AuthenticationModule,
        ChangeFeedModule,
        ExplanationModule,
        KeysModule,
        RegistrationModule,
        RolesModule,
        SessionsModule,
        TenantsModule,
      ],
    };
  }
}
