import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module';
import { AuditPurge } from '../audit/audit-purge';
import { ChangeFeedModule } from '../change-feed/change-feed.module';
import { ChangePurge } from '../change-feed/change-purge';
import type { Purge } from '../database/purge';
import { DeliveryModule } from '../delivery/delivery.module';
import { DeliveryPurge } from '../delivery/delivery-purge';
import { DeliveryWindowPurge } from '../delivery/delivery-window-purge';
import { SessionPurge } from '../sessions/session-purge';
import { SessionsModule } from '../sessions/sessions.module';
import { GuessPurge } from '../throttling/guess-purge';
import { ThrottlingModule } from '../throttling/throttling.module';
import { CleanUpsRepository } from './clean-ups.repository';
import { Housekeeping } from './housekeeping.service';
import { HousekeepingTimer } from './housekeeping-timer';
import { Purges } from './purges';

/** What is cleaned up, in this order. Another kind of rows is one more line here. */
const PURGES = [
  SessionPurge,
  ChangePurge,
  GuessPurge,
  DeliveryPurge,
  DeliveryWindowPurge,
  AuditPurge,
];

@Module({
  imports: [AuditModule, ChangeFeedModule, DeliveryModule, SessionsModule, ThrottlingModule],
  providers: [
    { provide: Purges, inject: PURGES, useFactory: (...purges: Purge[]): Purges => purges },
    CleanUpsRepository,
    Housekeeping,
    HousekeepingTimer,
  ],
  exports: [Housekeeping],
})
export class HousekeepingModule {}
