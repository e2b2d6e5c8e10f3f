import { Injectable } from '@nestjs/common';
import type { Tx } from '../database/database';
import { keysetOf, pageOf, type Page } from '../database/page';
import { canMatch, type TenantScope } from '../database/tenant-scope';
import { AuthError } from '../errors/auth-error';
import { AUDIT_ACTIONS } from './audit-actions';
import type { AuditEvent, AuditQuery, RecordedAuditEvent } from './audit-event';
import { AuditRepository } from './audit.repository';

const ACTIONS: readonly unknown[] = AUDIT_ACTIONS;
const MAX_TARGET_LENGTH = 300;
/** The last millisecond of the year 9999, where RFC 3339 ends. */
const LAST_TIME = 253_402_300_799_999;

/** Records what happened, and shows it. */
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

  /**
   * The events that a caller sees, the newest first. Filters that nothing can match give an empty page.
   *
   * @throws AuthError `validation_failed` for a limit, cursor or time that is none
   */
  async list(query: AuditQuery, scope: TenantScope): Promise<Page<RecordedAuditEvent>> {
    const keyset = keysetOf(query);
    const { actor, account, target, action, from, to } = query;
    refuseNoTimes({ from, to });
    const isAskable =
      canMatch(scope.tenantId, actor, account) &&
      (target === undefined || isTarget(target)) &&
      (action === undefined || ACTIONS.includes(action));
    if (!isAskable) return pageOf([], keyset);
    const filter = { tenantId: scope.tenantId, actor, account, target, action, from, to };
    return pageOf(await this.events.list(filter, keyset), keyset);
  }
}

/** PostgreSQL takes no NUL in a text. */
function isTarget(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_TARGET_LENGTH && !value.includes('\0');
}

function refuseNoTimes(times: Readonly<Record<string, unknown>>): void {
  const errors = Object.entries(times)
    .filter(([, time]) => time !== undefined && !isTime(time))
    .map(([field]) => ({ field, message: 'must be a time of the years 1970 to 9999' }));
  if (errors.length > 0) throw new AuthError('validation_failed', { errors });
}

function isTime(value: unknown): boolean {
  return value instanceof Date && value.getTime() >= 0 && value.getTime() <= LAST_TIME;
}
