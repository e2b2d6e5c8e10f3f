import { AuthModule } from '@portcullis/nest';
import { access } from './access';
import { ServerEnvironment } from './env';

/** One object, because Nest takes every call of `forRootAsync` for another module. */
export const authModule = AuthModule.forRootAsync({
  access,
  throttleEveryRoute: true,
  inject: [ServerEnvironment],
  useFactory: (environment: ServerEnvironment) => environment.auth,
});
