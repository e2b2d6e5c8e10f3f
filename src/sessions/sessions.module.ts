import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { EndedSessionsRepository } from './ended-sessions.repository';
import { LiveConnections } from './live-connections';
import { Revocations } from './revocations';
import { RotationsRepository } from './rotations.repository';
import { RotationsService } from './rotations.service';
import { SessionAdministrationRepository } from './session-administration.repository';
import { SessionAdministration } from './session-administration.service';
import { SessionChoices } from './session-choices';
import { SessionChoicesRepository } from './session-choices.repository';
import { SessionPurge } from './session-purge';
import { SessionsRepository } from './sessions.repository';
import { SessionsService } from './sessions.service';

@Module({
  imports: [AccountsModule, ChangeFeedModule],
  providers: [
    EndedSessionsRepository,
    LiveConnections,
    Revocations,
    RotationsRepository,
    RotationsService,
    SessionAdministration,
    SessionAdministrationRepository,
    SessionChoices,
    SessionChoicesRepository,
    SessionPurge,
    SessionsRepository,
    SessionsService,
  ],
  exports: [
    LiveConnections,
    Revocations,
    RotationsService,
    SessionAdministration,
    SessionChoices,
    SessionPurge,
    SessionsService,
  ],
})
export class SessionsModule {}
