import { AuthModule } from '@portcullis/nest';
import { access } from './access';
import { hasForms, ServerEnvironment } from './env';
import { ServerMetrics } from './observability/server-metrics';
import { HOME_PAGE, LOGIN_PAGE } from './pages/paths';

/** One object, because Nest takes every call of `forRootAsync` for another module. */
export const authModule = AuthModule.forRootAsync({
  access,
  throttleEveryRoute: true,
  forms: hasForms() ? { loginPage: LOGIN_PAGE, homePage: HOME_PAGE } : undefined,
  inject: [ServerEnvironment, ServerMetrics],
  useFactory: ({ auth }: ServerEnvironment, { meterProvider }: ServerMetrics) => ({
    ...auth,
    telemetry: { ...auth.telemetry, meterProvider },
  }),
});
