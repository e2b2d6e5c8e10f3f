import { Injectable } from '@nestjs/common';
import type { Tx } from '../database/database';
import type { AuditEvent } from './audit-event';
import { AuditRepository } from './audit.repository';

/** Records what happened. */
@Injectable()
export class AuditService {
  constructor(private readonly events: AuditRepository) {}

  /**
   * Adds one event, in the transaction of the change it records. When the insert fails the change
   * fails with it (control LO-6).
   */
  async record(event: AuditEvent, tx?: Tx): Promise<void> {
    await this.events.append(event, tx);
  }
}
