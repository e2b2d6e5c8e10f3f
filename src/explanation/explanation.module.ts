import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { AccessService } from './access.service';
import { ExplanationRepository } from './explanation.repository';

@Module({
  imports: [AccessModule, ChangeFeedModule],
  providers: [AccessService, ExplanationRepository],
  exports: [AccessService],
})
export class ExplanationModule {}
