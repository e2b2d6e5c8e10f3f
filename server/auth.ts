import { AuthModule } from '@portcullis/nest';
import { access } from './access';
import { ServerEnvironment } from './env';
import { ServerMetrics } from './observability/server-metrics';

/** One object, because Nest takes every call of `forRootAsync` for another module. */
export const authModule = AuthModule.forRootAsync({
  access,
  throttleEveryRoute: true,
  inject: [ServerEnvironment, ServerMetrics],
  useFactory: ({ auth }: ServerEnvironment, { meterProvider }: ServerMetrics) => ({
    ...auth,
    telemetry: { ...auth.telemetry, meterProvider },
  }),
});
