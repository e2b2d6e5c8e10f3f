import { Module } from '@nestjs/common';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { KeyRing } from './key-ring';
import { KeysRepository } from './keys.repository';
import { KeysService } from './keys.service';

@Module({
  imports: [ChangeFeedModule],
  providers: [KeysRepository, KeysService, KeyRing],
  exports: [KeyRing, KeysService],
})
export class KeysModule {}
