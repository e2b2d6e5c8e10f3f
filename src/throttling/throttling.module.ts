import { Module } from '@nestjs/common';
import { StructuralAuthOptions } from '../options/structural-options';
import { AuthThrottlerStorage } from './auth-throttler-storage';
import { AuthThrottlerGuard } from './auth-throttler.guard';
import { GuessesRepository } from './guesses.repository';
import { GuessesService } from './guesses.service';
import { KnownDevices } from './known-devices';
import { MemoryThrottlerStorage } from './memory-throttler-storage';
import { ThrottleEveryRoute } from './throttled';

@Module({
  providers: [
    { provide: AuthThrottlerStorage, useClass: MemoryThrottlerStorage },
    {
      provide: ThrottleEveryRoute,
      inject: [StructuralAuthOptions],
      useFactory: ({ throttleEveryRoute }: StructuralAuthOptions) => throttleEveryRoute ?? false,
    },
    AuthThrottlerGuard,
    GuessesRepository,
    GuessesService,
    KnownDevices,
  ],
  exports: [AuthThrottlerGuard, GuessesService, KnownDevices],
})
export class ThrottlingModule {}
