import { Module } from '@nestjs/common';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { KeyLoader } from './key-loader';
import { KeyRing } from './key-ring';
import { KeySchedule } from './key-schedule';
import { KeyTransitionsRepository } from './key-transitions.repository';
import { KeysRepository } from './keys.repository';
import { KeysService } from './keys.service';
import { SealedKeys } from './sealed-keys';
import { SecretUsesRepository } from './secret-uses.repository';
import { SecretUses } from './secret-uses.service';

@Module({
  imports: [ChangeFeedModule],
  providers: [
    KeyLoader,
    KeyRing,
    KeySchedule,
    KeysRepository,
    KeysService,
    KeyTransitionsRepository,
    SealedKeys,
    SecretUses,
    SecretUsesRepository,
  ],
  exports: [KeyRing, KeysService, SecretUses],
})
export class KeysModule {}
