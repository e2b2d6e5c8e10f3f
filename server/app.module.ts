import { Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ProblemFilter } from '@portcullis/nest';
import { authModule } from './auth';
import { DatabaseModule } from './database/database.module';
import { hasForms } from './env';
import { EnvironmentModule } from './environment.module';
import { HealthModule } from './health/health.module';
import { strictValidation } from './http/validation';
import { InvoicesModule } from './invoices/invoices.module';
import { ObservabilityModule } from './observability/observability.module';
import { PagesModule } from './pages/pages.module';
import { ReportsModule } from './reports/reports.module';
import { FirstAccounts } from './startup/first-accounts';

@Module({
  imports: [
    EnvironmentModule,
    ObservabilityModule,
    DatabaseModule,
    authModule,
    InvoicesModule,
    ReportsModule,
    HealthModule,
    ...(hasForms() ? [PagesModule] : []),
  ],
  providers: [
    { provide: APP_FILTER, useExisting: ProblemFilter },
    { provide: APP_PIPE, useFactory: strictValidation },
    FirstAccounts,
  ],
})
export class AppModule {}
