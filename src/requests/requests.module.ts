import { Global, Module } from '@nestjs/common';
import { AuthErrorFilter, ProblemFilter } from '../errors/problem.filter';
import { NoStoreInterceptor } from './no-store.interceptor';
import { RequestReader } from './request-info';

/** What every capability with routes needs. Expects `ResolvedAuthOptions` from a global module. */
@Global()
@Module({
  providers: [RequestReader, NoStoreInterceptor, ProblemFilter, AuthErrorFilter],
  exports: [RequestReader, NoStoreInterceptor, ProblemFilter, AuthErrorFilter],
})
export class RequestsModule {}
