import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { EndedSessionsRepository } from './ended-sessions.repository';
import { EverySession } from './every-session';
import { EverySessionRepository } from './every-session.repository';
import { FormTokens } from './form-tokens';
import { KnownSessions } from './known-sessions';
import { LiveConnections } from './live-connections';
import { Revocations } from './revocations';
import { RotationsRepository } from './rotations.repository';
import { RotationsService } from './rotations.service';
import { SecretIdInterceptor } from './secret-id.interceptor';
import { SecretIds } from './secret-ids';
import { SecretIdsRepository } from './secret-ids.repository';
import { SessionActivity } from './session-activity';
import { SessionAdministrationRepository } from './session-administration.repository';
import { SessionAdministration } from './session-administration.service';
import { SessionChoices } from './session-choices';
import { SessionChoicesRepository } from './session-choices.repository';
import { SessionPurge } from './session-purge';
import { SessionCookies } from './session-cookies';
import { SessionRenewals } from './session-renewals';
import { SessionsRepository } from './sessions.repository';
import { SessionsService } from './sessions.service';
import { StepUpsRepository } from './step-ups.repository';

@Module({
  imports: [AccountsModule, ChangeFeedModule],
  providers: [
    EndedSessionsRepository,
    EverySession,
    EverySessionRepository,
    FormTokens,
    KnownSessions,
    LiveConnections,
    Revocations,
    RotationsRepository,
    RotationsService,
    SecretIdInterceptor,
    SecretIds,
    SecretIdsRepository,
    SessionActivity,
    SessionAdministration,
    SessionAdministrationRepository,
    SessionChoices,
    SessionChoicesRepository,
    SessionPurge,
    SessionCookies,
    SessionRenewals,
    SessionsRepository,
    SessionsService,
    StepUpsRepository,
  ],
  exports: [
    EverySession,
    FormTokens,
    KnownSessions,
    LiveConnections,
    Revocations,
    RotationsService,
    SecretIdInterceptor,
    SecretIds,
    SessionActivity,
    SessionAdministration,
    SessionChoices,
    SessionPurge,
    SessionCookies,
    SessionRenewals,
    SessionsService,
  ],
})
export class SessionsModule {}
