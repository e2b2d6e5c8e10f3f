import { Injectable } from '@nestjs/common';
import type { Principal } from '@portcullis/nest';
import type { ReportSummaryDto } from './report.dto';
import { ReportsRepository } from './reports.repository';

@Injectable()
export class ReportsService {
  constructor(private readonly reports: ReportsRepository) {}

  async summary(principal: Principal): Promise<ReportSummaryDto> {
    return { totals: await this.reports.totals(principal.tenantId ?? null) };
  }
}
