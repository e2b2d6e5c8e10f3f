import { Controller, Get } from '@nestjs/common';
import { CurrentPrincipal, RequirePermissions, type Principal } from '@portcullis/nest';
import type { ReportSummaryDto } from './report.dto';
import { ReportsService } from './reports.service';

@Controller('reports')
export class ReportsController {
  constructor(private readonly reports: ReportsService) {}

  /** Sums up the invoices of the tenant by currency and status. */
  @Get('summary')
  @RequirePermissions('reports:read')
  summary(@CurrentPrincipal() principal: Principal): Promise<ReportSummaryDto> {
    return this.reports.summary(principal);
  }
}
