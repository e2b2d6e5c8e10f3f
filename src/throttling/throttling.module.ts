import { Module } from '@nestjs/common';
import { AuthThrottlerStorage } from './auth-throttler-storage';
import { AuthThrottlerGuard } from './auth-throttler.guard';
import { GuessesRepository } from './guesses.repository';
import { GuessesService } from './guesses.service';
import { KnownDevices } from './known-devices';
import { MemoryThrottlerStorage } from './memory-throttler-storage';

@Module({
  providers: [
    { provide: AuthThrottlerStorage, useClass: MemoryThrottlerStorage },
    AuthThrottlerGuard,
    GuessesRepository,
    GuessesService,
    KnownDevices,
  ],
  exports: [AuthThrottlerGuard, GuessesService, KnownDevices],
})
export class ThrottlingModule {}
