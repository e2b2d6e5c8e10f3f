import { Global, Module } from '@nestjs/common';
import { ServerMetrics } from './server-metrics';

@Global()
@Module({ providers: [ServerMetrics], exports: [ServerMetrics] })
export class ObservabilityModule {}
