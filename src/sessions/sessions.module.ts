import { Module } from '@nestjs/common';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { Revocations } from './revocations';
import { RotationsRepository } from './rotations.repository';
import { RotationsService } from './rotations.service';
import { SessionsRepository } from './sessions.repository';
import { SessionsService } from './sessions.service';

@Module({
  imports: [ChangeFeedModule],
  providers: [
    Revocations,
    RotationsRepository,
    RotationsService,
    SessionsRepository,
    SessionsService,
  ],
  exports: [Revocations, RotationsService, SessionsService],
})
export class SessionsModule {}
