import { Injectable } from '@nestjs/common';
import type { Tx } from '../database/database';
import type { Purge, PurgeStep } from '../database/purge';
import { EndedSessionsRepository } from './ended-sessions.repository';

/** Removes sessions that ended or expired longer ago than `housekeeping.endedSessionDays` (SS-12). */
@Injectable()
export class SessionPurge implements Purge {
  readonly name = 'sessions';

  constructor(private readonly ended: EndedSessionsRepository) {}

  step(from: string | undefined, tx: Tx): Promise<PurgeStep> {
    return this.ended.removeFrom(from, tx);
  }
}
