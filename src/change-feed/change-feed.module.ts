import { Module } from '@nestjs/common';
import { ChangeFeed } from './change-feed';
import { ChangePurge } from './change-purge';
import { OldChangesRepository } from './old-changes.repository';

@Module({
  providers: [ChangeFeed, ChangePurge, OldChangesRepository],
  exports: [ChangeFeed, ChangePurge],
})
export class ChangeFeedModule {}
