import { Controller, Get } from '@nestjs/common';
import { Public } from '@portcullis/nest';
import type { HealthDto } from './health.dto';
import { ReadinessService } from './readiness.service';

/** What answers without a credential tells nothing but yes or no (AD-9). */
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: ReadinessService) {}

  /** 200 as long as the process answers at all. */
  @Get('live')
  live(): HealthDto {
    return { status: 'ok' };
  }

  /** 200 when this instance can serve requests, 503 when it cannot. */
  @Get('ready')
  ready(): Promise<HealthDto> {
    return this.readiness.check();
  }
}
