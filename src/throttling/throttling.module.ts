import { Module } from '@nestjs/common';
import { Clock } from '../clock/clock';
import { ResolvedAuthOptions } from '../options/auth-options';
import { SecretKeys } from '../options/secret-keys';
import { StructuralAuthOptions } from '../options/structural-options';
import { Telemetry } from '../telemetry/telemetry';
import { AuthThrottlerStorage } from './auth-throttler-storage';
import { AuthThrottlerGuard } from './auth-throttler.guard';
import { GuessPurge } from './guess-purge';
import { GuessesRepository } from './guesses.repository';
import { GuessesService } from './guesses.service';
import { IdleGuessesRepository } from './idle-guesses.repository';
import { KnownDevices } from './known-devices';
import { MemoryThrottlerStorage } from './memory-throttler-storage';
import { SharedThrottlerStorage } from './shared-throttler-storage';
import { ThrottleEveryRoute } from './throttled';

@Module({
  providers: [
    MemoryThrottlerStorage,
    {
      provide: AuthThrottlerStorage,
      inject: [ResolvedAuthOptions, SecretKeys, MemoryThrottlerStorage, Clock, Telemetry],
      useFactory: (
        { redis }: ResolvedAuthOptions,
        keys: SecretKeys,
        memory: MemoryThrottlerStorage,
        clock: Clock,
        telemetry: Telemetry,
      ): AuthThrottlerStorage =>
        redis === undefined
          ? memory
          : new SharedThrottlerStorage(
              redis,
              keys.current('throttle-counter').key,
              memory,
              clock,
              telemetry,
            ),
    },
    {
      provide: ThrottleEveryRoute,
      inject: [StructuralAuthOptions],
      useFactory: ({ throttleEveryRoute }: StructuralAuthOptions) => throttleEveryRoute ?? false,
    },
    AuthThrottlerGuard,
    GuessPurge,
    GuessesRepository,
    GuessesService,
    IdleGuessesRepository,
    KnownDevices,
  ],
  exports: [AuthThrottlerGuard, GuessPurge, GuessesService, KnownDevices],
})
export class ThrottlingModule {}
