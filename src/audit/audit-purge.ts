import { Inject, Injectable } from '@nestjs/common';
import type { Tx } from '../database/database';
import type { Purge, PurgeStep } from '../database/purge';
import { ResolvedAuthOptions } from '../options/auth-options';
import {
  covers,
  DEFAULT_PARTITION,
  later,
  partitionOf,
  readPartition,
  type AuditPartition,
  type Month,
} from './audit-partition';
import { AuditPartitionsRepository } from './audit-partitions.repository';

/** So many that an application which stands still for a season loses nothing. */
const MONTHS_AHEAD = 3;

/**
 * Keeps the partitions of the audit: makes those of the coming months, and deletes whole months that are
 * older than `housekeeping.auditMonths`. One partition a step, because each takes a short lock.
 */
@Injectable()
export class AuditPurge implements Purge {
  readonly name = 'audit events';

  constructor(
    private readonly partitions: AuditPartitionsRepository,
    @Inject(ResolvedAuthOptions) private readonly options: ResolvedAuthOptions,
  ) {}

  /** @param from the month that was looked at last; empty once all partitions have been */
  async step(from: string | undefined, tx: Tx): Promise<PurgeStep> {
    const current = await this.partitions.currentMonth(tx);
    const names = await this.partitions.names(tx);
    const known = names.flatMap((name) => readPartition(name) ?? []);
    if (from !== '') {
      const missing = coming(current).find(
        (month) => month.start > (from ?? '') && !known.some((one) => covers(one, month)),
      );
      if (missing !== undefined) {
        await this.partitions.create(partitionOf(missing), tx);
        return { removed: 0, next: missing.start };
      }
    }
    return this.#removeOld(current, known, tx);
  }

  async #removeOld(current: Month, known: readonly AuditPartition[], tx: Tx): Promise<PurgeStep> {
    const { auditMonths } = this.options.housekeeping;
    if (auditMonths === 0) return { removed: 0 };
    const oldest = later(current, -auditMonths);
    const over = known.find(({ to }) => to <= oldest.start);
    if (over !== undefined) return { removed: await this.partitions.drop(over, tx), next: '' };
    // Only these hold events of more than one month.
    const mixed = known.filter(({ from }) => from === undefined).map(({ name }) => name);
    for (const name of [...mixed, DEFAULT_PARTITION]) {
      const removed = await this.partitions.removeFrom(name, oldest, tx);
      if (removed > 0) return { removed, next: '' };
    }
    return { removed: 0 };
  }
}

function coming(current: Month): readonly Month[] {
  return Array.from({ length: MONTHS_AHEAD + 1 }, (_, months) => later(current, months));
}
