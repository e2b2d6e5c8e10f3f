import { Global, Module } from '@nestjs/common';
import { readEnvironment, ServerEnvironment } from './env';

/** The environment, read when an application is created and not when a file is loaded. */
@Global()
@Module({
  providers: [{ provide: ServerEnvironment, useFactory: () => readEnvironment() }],
  exports: [ServerEnvironment],
})
export class EnvironmentModule {}
