import { Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { AuthModule, ProblemFilter } from '@portcullis/nest';
import { access } from './access';
import { DatabaseModule } from './database/database.module';
import { ServerEnvironment } from './env';
import { EnvironmentModule } from './environment.module';
import { HealthModule } from './health/health.module';
import { strictValidation } from './http/validation';
import { InvoicesModule } from './invoices/invoices.module';
import { ReportsModule } from './reports/reports.module';
import { FirstAccounts } from './startup/first-accounts';

@Module({
  imports: [
    EnvironmentModule,
    DatabaseModule,
    AuthModule.forRootAsync({
      access,
      throttleEveryRoute: true,
      inject: [ServerEnvironment],
      useFactory: (environment: ServerEnvironment) => environment.auth,
    }),
    InvoicesModule,
    ReportsModule,
    HealthModule,
  ],
  providers: [
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useFactory: strictValidation },
    FirstAccounts,
  ],
})
export class AppModule {}
